import { openProfiles, type ProfileStore } from '../../profile/index.ts'
import { AstaraError } from '../../shared/index.ts'
import { confirm } from '../confirm.ts'
import type { Io } from '../io.ts'
import { toJson } from '../json.ts'
import { type OutputOptions, printList, printOne } from '../output.ts'
import { profileColumns, type ShownProfile, shownProfile } from '../profile-columns.ts'

interface Place {
  readonly env: Readonly<Record<string, string | undefined>>
}

const open = (io: Io, { env }: Place): Promise<ProfileStore> => openProfiles({ env, warn: (text) => io.note(text) })

const shown = (store: ProfileStore, name: string): ShownProfile =>
  shownProfile(name, store.get(name), store.book.current)

/** Prints all of them, by name. */
export async function listProfiles(
  io: Io,
  options: Place & { readonly output: OutputOptions },
): Promise<{ readonly profiles: readonly ShownProfile[] }> {
  const store = await open(io, options)
  const profiles = Object.keys(store.book.profiles)
    .sort()
    .map((name) => shown(store, name))
  await printList(io, profileColumns, profiles, options.output, (rows) => ({ profiles: rows }))
  return { profiles }
}

/** Prints one, or the one in use. */
export async function showProfile(
  io: Io,
  options: Place & { readonly name: string | undefined; readonly output: OutputOptions },
): Promise<{ readonly profile: ShownProfile }> {
  const store = await open(io, options)
  const name = options.name ?? (options.env.ASTARA_PROFILE || store.book.current)
  if (name === null || name === undefined) {
    throw new AstaraError('not_found', 'no profile is in use', { suggestions: ['astara profile use NAME'] })
  }
  const profile = shown(store, name)
  await printOne(io, profileColumns, profile, options.output, (row) => ({ profile: row }))
  return { profile }
}

/** Uses it from now on, where no other is named. */
export async function useProfile(
  io: Io,
  options: Place & { readonly name: string; readonly json: boolean },
): Promise<ShownProfile> {
  const store = await open(io, options)
  await store.use(options.name)
  const profile = shown(store, options.name)
  io.print(options.json ? toJson({ profile }) : `Profile ${options.name} is in use.\n`)
  if (options.env.ASTARA_PROFILE && options.env.ASTARA_PROFILE !== options.name) {
    io.note(`ASTARA_PROFILE=${options.env.ASTARA_PROFILE} in this environment still wins.`)
  }
  return profile
}

/** Forgets it, after a question. */
export async function removeProfile(
  io: Io,
  options: Place & {
    readonly name: string
    readonly yes: boolean
    readonly json: boolean
    readonly signal: AbortSignal
  },
): Promise<{ readonly removed: string }> {
  const store = await open(io, options)
  store.get(options.name)
  await confirm(io, { deed: `Remove profile ${options.name}`, yes: options.yes, signal: options.signal })
  await store.remove(options.name)
  const result = { removed: options.name }
  io.print(options.json ? toJson(result) : `Profile ${options.name} removed.\n`)
  return result
}
