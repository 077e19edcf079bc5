import type { Profile } from '../profile/index.ts'
import { redactText } from '../shared/index.ts'
import type { ColumnSet } from './columns.ts'

/** A profile as it is shown: without its password. */
export interface ShownProfile {
  readonly name: string
  /** Used when none is named. */
  readonly current: boolean
  readonly via: 'http' | 'amqp'
  readonly url: string | null
  readonly transport_url: string | null
  readonly config_file: readonly string[]
  readonly timeout: number | null
}

/** Masks what is secret in a profile. */
export function shownProfile(name: string, profile: Profile, current: string | null): ShownProfile {
  return {
    name,
    current: name === current,
    via: profile.via ?? 'http',
    url: profile.url ?? null,
    transport_url: profile.transport_url === undefined ? null : redactText(profile.transport_url),
    config_file: profile.config_file ?? [],
    timeout: profile.timeout ?? null,
  }
}

/** Profiles, as `astara profile list` prints them. */
export const profileColumns: ColumnSet<ShownProfile> = {
  noun: 'profiles',
  name: (p) => p.name,
  columns: [
    { id: 'name', kind: 'text', value: (p) => p.name },
    { id: 'current', kind: 'flag', value: (p) => p.current, tone: (p) => (p.current ? 'ok' : null) },
    { id: 'via', kind: 'text', value: (p) => p.via },
    { id: 'url', kind: 'text', value: (p) => p.url },
    { id: 'transport_url', header: 'BROKER', kind: 'text', value: (p) => p.transport_url },
    { id: 'config_file', header: 'CONFIGURATION', kind: 'text', value: (p) => p.config_file.join(',') || null },
    { id: 'timeout', kind: 'number', value: (p) => p.timeout, wide: true },
  ],
}
