import type { Config } from '../config/index.ts'
import { createRabbitTransport, type Transport } from '../messaging/index.ts'
import { AstaraError, type Logger } from '../shared/index.ts'

/** The message bus of a configuration. Connects to nothing yet. Throws AstaraError `bad_config`. */
export function transportOf(config: Config, logger: Logger): Transport {
  const url = config.DEFAULT.transport_url
  if (url === null) {
    throw new AstaraError('bad_config', '[DEFAULT] transport_url is not set', {
      suggestions: ['Set it to the address of RabbitMQ, for example rabbit://user:password@controller:5672/.'],
    })
  }
  const rabbit = config.oslo_messaging_rabbit
  const tls = {
    ...(rabbit.ssl_ca_file === null ? {} : { caFile: rabbit.ssl_ca_file }),
    ...(rabbit.ssl_cert_file === null ? {} : { certFile: rabbit.ssl_cert_file }),
    ...(rabbit.ssl_key_file === null ? {} : { keyFile: rabbit.ssl_key_file }),
  }
  return createRabbitTransport({
    url,
    ...(rabbit.ssl ? { tls } : {}),
    heartbeatSeconds: rabbit.heartbeat_timeout_threshold,
    durableQueues: rabbit.amqp_durable_queues,
    autoDelete: rabbit.amqp_auto_delete,
    backoff: {
      baseMs: rabbit.rabbit_retry_interval * 1_000,
      stepMs: rabbit.rabbit_retry_backoff * 1_000,
      maxMs: rabbit.rabbit_interval_max * 1_000,
    },
    connectionName: `astara:${config.DEFAULT.host}:${process.pid}`,
    logger,
  })
}
