import { existsSync } from 'node:fs'
import type { connectAmqp } from '../client/index.ts'
import { type Profile, profileFile } from '../profile/index.ts'
import type { ConnectionFlags } from './ctl-command.ts'

/** Where an orchestrator listens when nothing else is said. */
const DEFAULT_URL = 'http://127.0.0.1:44250'

/** Kept in step with `config` by a test: importing it would load it for every command. */
export const DEFAULT_CONFIG_FILES = [
  '/etc/astara/orchestrator.ini',
  '/etc/akanda-rug/rug.ini',
  '/etc/akanda/rug.ini',
] as const

type RabbitOptions = NonNullable<Parameters<typeof connectAmqp>[0]['rabbit']>
type Env = Readonly<Record<string, string | undefined>>

/** Which orchestrator is talked to, and how, once everything that may say so was asked. */
export interface Connection {
  readonly via: 'http' | 'amqp'
  readonly url: string
  readonly transportUrl: string | null
  readonly exchange: string
  readonly topic: string
  /** Where an orchestrator answers questions. */
  readonly controlExchange: string
  readonly rabbit: RabbitOptions
  /** Seconds. */
  readonly timeout: number | null
  /** The profile that had a say. */
  readonly profile: string | null
}

/** What a configuration file of the orchestrator says about where it is. */
type FileSays = Broker & Pick<Connection, 'url'>
type Broker = Pick<Connection, 'transportUrl' | 'exchange' | 'topic' | 'controlExchange' | 'rabbit'>

/** As these options are by default. */
const NO_BROKER: Broker = {
  transportUrl: null,
  exchange: 'neutron',
  topic: 'notifications',
  controlExchange: 'openstack',
  rabbit: {},
}

/** Warnings about that file are not this command's business. */
async function readConfig(files: readonly string[], env: Env): Promise<FileSays> {
  const { loadConfig } = await import('../config/index.ts')
  const { config } = await loadConfig({ files, dirs: undefined, env })
  const { api_listen, api_port, transport_url, neutron_control_exchange, control_exchange } = config.DEFAULT
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
    controlExchange: control_exchange,
    topic: config.oslo_messaging_notifications.topics[0] ?? 'notifications',
    rabbit: { durableQueues: amqp_durable_queues, autoDelete: amqp_auto_delete, ...(ssl ? { tls } : {}) },
  }
}

/** The orchestrator's file on its own machine. One that we may not read says nothing: it holds passwords, and is none of our business. */
async function readDefaultConfig(env: Env): Promise<FileSays | null> {
  const file = DEFAULT_CONFIG_FILES.find((path) => existsSync(path))
  return file === undefined ? null : readConfig([file], env).catch(() => null)
}

/** The profile that was named by a flag or the environment, else the one in use; null: none. */
async function chooseProfile(
  flags: ConnectionFlags,
  env: Env,
  warn: (message: string) => void,
): Promise<{ readonly name: string; readonly profile: Profile } | null> {
  const named = flags.profile ?? (env.ASTARA_PROFILE || undefined)
  // Most people have none, and then nothing of it is loaded.
  if (named === undefined && !existsSync(profileFile(env))) return null
  const { openProfiles } = await import('../profile/index.ts')
  const store = await openProfiles({ env, warn })
  const name = named ?? store.book.current
  return name === null ? null : { name, profile: store.get(name) }
}

/**
 * Which orchestrator is meant. What stands further left wins, each setting for itself: a flag (`--url`; else what `--profile` says; else what
 * `--config-file` says), the environment (ASTARA_URL), the profile in use (ASTARA_PROFILE, else `astara profile use`), the orchestrator's
 * configuration file in its usual place, the default.
 *
 * @throws AstaraError `bad_config` for a wrong file, `not_found` for an unknown profile
 */
export async function resolveConnection(
  flags: ConnectionFlags,
  { env, warn }: { readonly env: Env; readonly warn: (message: string) => void },
): Promise<Connection> {
  const chosen = await chooseProfile(flags, env, warn)
  const profile = chosen?.profile ?? {}
  const via = flags.via ?? profile.via ?? 'http'
  const ownFile = flags['config-file']
  const files = ownFile ?? profile.config_file
  let read: Promise<FileSays | null> | null = null
  /** A file is read only for what nothing stronger says. */
  const fromFile = async (): Promise<FileSays | null> => {
    read ??= files === undefined ? readDefaultConfig(env) : readConfig(files, env)
    return await read
  }
  const fromProfile = async (): Promise<string | undefined> =>
    profile.url ?? (profile.config_file ? (await fromFile())?.url : undefined)

  async function findUrl(): Promise<string> {
    if (flags.url !== undefined) return flags.url
    const byName = flags.profile === undefined ? undefined : await fromProfile()
    const byFlag = byName ?? (ownFile ? (await fromFile())?.url : undefined)
    return byFlag ?? (env.ASTARA_URL || undefined) ?? (await fromProfile()) ?? (await fromFile())?.url ?? DEFAULT_URL
  }

  async function findBroker(): Promise<Broker> {
    const said = flags['transport-url'] ?? (ownFile ? undefined : profile.transport_url)
    const file = said === undefined || files !== undefined ? await fromFile() : null
    return { ...NO_BROKER, ...file, transportUrl: said ?? file?.transportUrl ?? null }
  }

  return {
    via,
    timeout: flags.timeout ?? profile.timeout ?? null,
    profile: chosen?.name ?? null,
    ...(via === 'http' ? { ...NO_BROKER, url: await findUrl() } : { ...(await findBroker()), url: DEFAULT_URL }),
  }
}
