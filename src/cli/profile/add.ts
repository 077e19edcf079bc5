import { resolve } from 'node:path'
import { checkName, openProfiles, type Profile } from '../../profile/index.ts'
import { AstaraError } from '../../shared/index.ts'
import type { Io } from '../io.ts'
import { toJson } from '../json.ts'
import { type ShownProfile, shownProfile } from '../profile-columns.ts'

export interface AddProfileOptions {
  readonly name: string
  readonly url?: string | undefined
  readonly via?: 'http' | 'amqp' | undefined
  /** `-`: asked for on a terminal, else read from standard input, so that no other user sees it in `ps`. */
  readonly transportUrl?: string | undefined
  readonly configFile?: readonly string[] | undefined
  readonly timeout?: number | undefined
  /** Use it from now on. */
  readonly use: boolean
  /** Replace one of this name. */
  readonly replace: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly json: boolean
  readonly signal: AbortSignal
}

/** @throws AstaraError `usage` for an address that no client would take */
async function checkUrls({ url, transport_url }: Profile): Promise<void> {
  const { createHttpClient } = await import('../../client/index.ts')
  const { systemClock } = await import('../../shared/index.ts')
  if (url !== undefined) {
    await createHttpClient({ url, timeoutMs: 1_000, clock: systemClock, userAgent: 'astara' }).close()
  }
  if (transport_url !== undefined && !/^(rabbit|kombu|amqp)(\+\w+)?:\/\/[^\s]+$/.test(transport_url)) {
    throw new AstaraError('usage', 'this is no transport URL', {
      suggestions: ['For example: rabbit://user:password@host:5672/'],
    })
  }
}

async function readSecret(io: Io, text: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  if (text !== '-') return text
  const typed = io.canAsk ? await io.ask('Transport URL: ', signal) : await io.readInput(signal)
  return typed.trim()
}

/**
 * Keeps a profile, for its owner's eyes only.
 *
 * @throws AstaraError `usage` for a wrong name or address, or nothing to keep; `refused` when there is one of that name
 */
export async function addProfile(io: Io, options: AddProfileOptions): Promise<ShownProfile> {
  const name = checkName(options.name)
  const { url, via, configFile, timeout, env, signal } = options
  const store = await openProfiles({ env, warn: (text) => io.note(text) })
  if (!options.replace && Object.hasOwn(store.book.profiles, name)) {
    throw new AstaraError('refused', `there is a profile "${name}" already`, {
      suggestions: [`See it: astara profile show ${name}`, 'Replace it: add --replace.'],
    })
  }
  const transportUrl = await readSecret(io, options.transportUrl, signal)
  const profile: Profile = {
    ...(url === undefined ? {} : { url }),
    ...(via === undefined ? {} : { via }),
    ...(transportUrl === undefined ? {} : { transport_url: transportUrl }),
    // A relative path means something else elsewhere.
    ...(configFile === undefined ? {} : { config_file: configFile.map((file) => resolve(file)) }),
    ...(timeout === undefined ? {} : { timeout }),
  }
  if (Object.keys(profile).length === 0) {
    throw new AstaraError('usage', 'a profile needs something to keep', {
      suggestions: [`For example: astara profile add ${name} --url http://127.0.0.1:44250`],
    })
  }
  await checkUrls(profile)
  await store.put(name, profile)
  if (options.use) await store.use(name)
  const shown = shownProfile(name, profile, store.book.current)
  if (options.json) io.print(toJson({ profile: shown }))
  else io.print(`Profile ${name} kept in ${store.path}${shown.current ? ', and in use' : ''}.\n`)
  return shown
}
