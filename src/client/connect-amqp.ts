import { hostname } from 'node:os'
import type { RabbitTransportOptions } from '../messaging/index.ts'
import { type AmqpClientOptions, createAmqpClient } from './amqp-client.ts'
import { processUser } from './process-user.ts'
import type { OrchestratorClient } from './types.ts'

export type ConnectAmqpOptions = Pick<
  AmqpClientOptions,
  'exchange' | 'controlExchange' | 'topic' | 'timeoutMs' | 'clock'
> & {
  /** `rabbit://user:password@host:5672/vhost`, as oslo.messaging writes it. */
  readonly transportUrl: string
  /** How exchanges are declared and links secured: both sides must agree. */
  readonly rabbit?: Pick<RabbitTransportOptions, 'tls' | 'durableQueues' | 'autoDelete'>
}

/**
 * A client over RabbitMQ; it connects with the first command.
 *
 * @throws AstaraError `bad_config` for a URL that is none, without repeating it
 */
export async function connectAmqp(options: ConnectAmqpOptions): Promise<OrchestratorClient> {
  const { createRabbitTransport, describeBroker, parseTransportUrl } = await import('../messaging/index.ts')
  const { transportUrl, rabbit = {}, exchange, controlExchange, topic, timeoutMs, clock } = options
  const { hosts } = parseTransportUrl(transportUrl)
  return createAmqpClient({
    transport: createRabbitTransport({ ...rabbit, url: transportUrl, publishTimeoutMs: timeoutMs, drainMs: 0 }),
    exchange,
    ...(controlExchange === undefined ? {} : { controlExchange }),
    user: processUser(),
    topic,
    attempts: hosts.length,
    timeoutMs,
    clock,
    publisherId: `astara-ctl.${hostname()}`,
    target: hosts.map(describeBroker).join(', '),
  })
}
