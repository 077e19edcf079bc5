import { connectAmqp, createHttpClient, type OrchestratorClient } from '../client/index.ts'
import { AstaraError, systemClock } from '../shared/index.ts'
import type { ConnectionFlags } from './ctl-command.ts'
import type { Io } from './io.ts'
import { type Connection, resolveConnection } from './resolve-connection.ts'

export interface OpenClientDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly io: Pick<Io, 'note'>
  readonly version: string
}

/** Seconds to wait for an answer when nobody says otherwise. */
const DEFAULT_TIMEOUT = 30

/**
 * The client that flags, environment, profile and configuration ask for; nothing is connected yet.
 *
 * @throws AstaraError `usage` for a wrong or missing address, `bad_config` for a wrong file, `not_found` for an unknown profile
 */
export async function openClient(flags: ConnectionFlags, deps: OpenClientDeps): Promise<OrchestratorClient> {
  return clientFor(await resolveConnection(flags, { env: deps.env, warn: (text) => deps.io.note(text) }), deps)
}

async function clientFor(connection: Connection, { version }: OpenClientDeps): Promise<OrchestratorClient> {
  const { via, url, transportUrl, exchange, topic, controlExchange, rabbit } = connection
  const timeoutMs = (connection.timeout ?? DEFAULT_TIMEOUT) * 1000
  if (via === 'http') return createHttpClient({ url, timeoutMs, clock: systemClock, userAgent: `astara/${version}` })
  if (transportUrl === null) {
    throw new AstaraError('usage', '--via amqp needs to know where RabbitMQ is', {
      suggestions: [
        'Give --transport-url rabbit://user:password@host:5672/ (others on this machine can see it in ps),',
        "or --config-file with the orchestrator's file, whose transport_url is then used,",
        'or keep it in a profile: astara profile add NAME --via amqp --transport-url -',
      ],
    })
  }
  return connectAmqp({ transportUrl, exchange, topic, controlExchange, rabbit, timeoutMs, clock: systemClock })
}
