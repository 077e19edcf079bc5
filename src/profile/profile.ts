import { AstaraError } from '../shared/index.ts'

/** How one orchestrator is reached. Every field that is absent falls through to what is weaker than a profile. */
export interface Profile {
  /** Of its HTTP API. */
  readonly url?: string
  readonly via?: 'http' | 'amqp'
  /** Its RabbitMQ, with the password: a secret. */
  readonly transport_url?: string
  /** Its configuration files, read for what is not said here. */
  readonly config_file?: readonly string[]
  /** Seconds to wait for an answer. */
  readonly timeout?: number
}

/** Everything that is kept. */
export interface ProfileBook {
  /** The profile that is used when none is named. */
  readonly current: string | null
  readonly profiles: Readonly<Record<string, Profile>>
}

const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/

/** @throws AstaraError `usage` */
export function checkName(name: string): string {
  if (NAME.test(name)) return name
  throw new AstaraError('usage', 'a profile is named with letters, digits, "-", "_" and ".", at most 64', {
    suggestions: ['For example: astara profile add lab --url http://127.0.0.1:44250'],
  })
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads a profile as it stands in the file, which a person may have edited. Throws a plain Error that says what is wrong. */
function readProfile(value: unknown): Profile {
  if (!isRecord(value)) throw new Error('a profile must be an object')
  const { url, via, transport_url, config_file, timeout, ...others } = value
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new Error(`"${unknown}" is no setting of a profile`)
  if (url !== undefined && typeof url !== 'string') throw new Error('url must be a text')
  if (via !== undefined && via !== 'http' && via !== 'amqp') throw new Error('via must be http or amqp')
  if (transport_url !== undefined && typeof transport_url !== 'string') throw new Error('transport_url must be a text')
  if (timeout !== undefined && !(Number.isInteger(timeout) && Number(timeout) > 0)) {
    throw new Error('timeout must be a number of seconds')
  }
  if (config_file !== undefined && !(Array.isArray(config_file) && config_file.every((f) => typeof f === 'string'))) {
    throw new Error('config_file must be a list of paths')
  }
  return {
    ...(url === undefined ? {} : { url }),
    ...(via === undefined ? {} : { via }),
    ...(transport_url === undefined ? {} : { transport_url }),
    ...(config_file === undefined ? {} : { config_file: config_file as string[] }),
    ...(timeout === undefined ? {} : { timeout: Number(timeout) }),
  }
}

/** Reads the whole file. Throws a plain Error that says what is wrong. */
export function readBook(value: unknown): ProfileBook {
  if (!isRecord(value)) throw new Error('it must hold an object')
  const { current = null, profiles = {} } = value
  if (current !== null && typeof current !== 'string') throw new Error('current must be the name of a profile')
  if (!isRecord(profiles)) throw new Error('profiles must be an object')
  const read = Object.entries(profiles).map(([name, profile]) => {
    try {
      return [name, readProfile(profile)] as const
    } catch (cause) {
      throw new Error(`profile ${name}: ${cause instanceof Error ? cause.message : cause}`)
    }
  })
  return { current, profiles: Object.fromEntries(read) }
}
