import { chmodSync, existsSync, statSync } from 'node:fs'
import { AstaraError, messageOf, nearest } from '../shared/index.ts'
import { placeFor, profileFile } from './folder.ts'
import { loadConf } from './load-conf.ts'
import { checkName, type Profile, type ProfileBook, readBook } from './profile.ts'

/** A user's profiles: kept in one file that only its owner can read. Changes throw AstaraError `not_found` for a name that is none. */
export interface ProfileStore {
  readonly path: string
  readonly book: ProfileBook
  /** @throws AstaraError `not_found`, with the one that was most likely meant */
  get(name: string): Profile
  /** Adds or replaces one; the first one of all is used from then on. */
  put(name: string, profile: Profile): Promise<void>
  use(name: string): Promise<void>
  remove(name: string): Promise<void>
}

const EMPTY: ProfileBook = { current: null, profiles: {} }

function unknownProfile(name: string, book: ProfileBook): AstaraError {
  const names = Object.keys(book.profiles)
  const near = nearest(name, names)
  return new AstaraError('not_found', `there is no profile "${name}"`, {
    suggestions: [
      ...(near === null ? [] : [`Did you mean ${near}?`]),
      names.length === 0 ? 'Make one: astara profile add NAME --url URL' : `Profiles: ${names.sort().join(', ')}`,
    ],
  })
}

/** A file that others can read is made private: it may hold a password. Returns whether that was needed. */
function makePrivate(path: string): boolean {
  if (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0) return false
  chmodSync(path, 0o600)
  return true
}

export interface OpenProfilesOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Told when the file could be read by others until now. */
  readonly warn: (message: string) => void
}

/**
 * Opens the file. Without one there are no profiles, and the library that keeps them (75 ms) is not loaded before something is changed.
 *
 * @throws AstaraError `bad_config` for a file that was damaged or edited into something else
 */
export async function openProfiles({ env, warn }: OpenProfilesOptions): Promise<ProfileStore> {
  const path = profileFile(env)
  const broken = (cause: unknown): AstaraError =>
    new AstaraError('bad_config', `${path}: ${messageOf(cause)}`, {
      cause,
      suggestions: ['Mend the file, or remove it and add the profiles again.'],
    })
  if (!existsSync(path)) return new KeptProfiles(env, EMPTY)
  if (makePrivate(path)) warn(`${path} could be read by others; only you can read it now`)
  try {
    return new KeptProfiles(env, readBook((await openFile(env)).store))
  } catch (cause) {
    throw broken(cause)
  }
}

/** The file, which comes into being with the first change. */
async function openFile(env: OpenProfilesOptions['env']) {
  const Conf = await loadConf()
  return new Conf<Record<string, unknown>>({ ...placeFor(env), configFileMode: 0o600, clearInvalidConfig: false })
}

class KeptProfiles implements ProfileStore {
  readonly path: string
  readonly #env: OpenProfilesOptions['env']
  #book: ProfileBook

  constructor(env: OpenProfilesOptions['env'], book: ProfileBook) {
    this.#env = env
    this.#book = book
    this.path = profileFile(env)
  }

  get book(): ProfileBook {
    return this.#book
  }

  get(name: string): Profile {
    const profile = Object.hasOwn(this.#book.profiles, name) ? this.#book.profiles[name] : undefined
    if (profile === undefined) throw unknownProfile(name, this.#book)
    return profile
  }

  async put(name: string, profile: Profile): Promise<void> {
    const { current, profiles } = this.#book
    await this.#write({ current: current ?? checkName(name), profiles: { ...profiles, [checkName(name)]: profile } })
  }

  async use(name: string): Promise<void> {
    this.get(name)
    await this.#write({ ...this.#book, current: name })
  }

  async remove(name: string): Promise<void> {
    this.get(name)
    const { current, profiles } = this.#book
    const { [name]: _gone, ...left } = profiles
    await this.#write({ current: current === name ? null : current, profiles: left })
  }

  async #write(book: ProfileBook): Promise<void> {
    const file = await openFile(this.#env)
    file.set({ current: book.current, profiles: book.profiles })
    this.#book = book
  }
}
