import { connectAmqp, createHttpClient, type OrchestratorClient } from '../client/index.ts'
import { AstaraError, systemClock } from '../shared/index.ts'
import type { ConnectionFlags } from './ctl-command.ts'
import type { Io } from './io.ts'

/** Where an orchestrator listens when nothing else is said. */
const DEFAULT_URL = 'http://127.0.0.1:44250'

export interface OpenClientDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly io: Pick<Io, 'note'>
  readonly version: string
}

/** What the orchestrator's own configuration says about where it is. Warnings about it are not this command's business. */
async function fromConfig(files: readonly string[] | undefined, env: OpenClientDeps['env']) {
  const { loadConfig } = await import('../config/index.ts')
  const { config } = await loadConfig({ files, dirs: undefined, env })
  const { api_listen, api_port, transport_url, neutron_control_exchange } = config.DEFAULT
  // An orchestrator that listens on every address is reached on this machine's own.
  const host = api_listen === '0.0.0.0' ? '127.0.0.1' : api_listen === '::' ? '::1' : api_listen
  const { ssl, ssl_ca_file, ssl_cert_file, ssl_key_file, amqp_durable_queues, amqp_auto_delete } =
    config.oslo_messaging_rabbit
  const tls = {
    ...(ssl_ca_file ? { caFile: ssl_ca_file } : {}),
    ...(ssl_cert_file ? { certFile: ssl_cert_file } : {}),
    ...(ssl_key_file ? { keyFile: ssl_key_file } : {}),
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${api_port}`,
    transportUrl: transport_url,
    exchange: neutron_control_exchange,
    topic: config.oslo_messaging_notifications.topics[0] ?? 'notifications',
    rabbit: { durableQueues: amqp_durable_queues, autoDelete: amqp_auto_delete, ...(ssl ? { tls } : {}) },
  }
}

/**
 * The client that the flags ask for; nothing is connected yet.
 *
 * @throws AstaraError `usage` for a wrong or missing address, `bad_config` for a wrong file
 */
export async function openClient(
  flags: ConnectionFlags,
  { env, version }: OpenClientDeps,
): Promise<OrchestratorClient> {
  const timeoutMs = flags.timeout * 1000
  const files = flags['config-file']
  if (flags.via === 'http') {
    const url = flags.url ?? (files === undefined ? DEFAULT_URL : (await fromConfig(files, env)).url)
    return createHttpClient({ url, timeoutMs, clock: systemClock, userAgent: `astara/${version}` })
  }
  const configured = flags['transport-url'] === undefined || files !== undefined ? await fromConfig(files, env) : null
  const transportUrl = flags['transport-url'] ?? configured?.transportUrl ?? null
  if (transportUrl === null) {
    throw new AstaraError('usage', '--via amqp needs to know where RabbitMQ is', {
      suggestions: [
        'Give --transport-url rabbit://user:password@host:5672/ (others on this machine can see it in ps),',
        "or --config-file with the orchestrator's file, whose transport_url is then used.",
      ],
    })
  }
  return connectAmqp({
    transportUrl,
    exchange: configured?.exchange ?? 'neutron',
    topic: configured?.topic ?? 'notifications',
    ...(configured ? { rabbit: configured.rabbit } : {}),
    timeoutMs,
    clock: systemClock,
  })
}
