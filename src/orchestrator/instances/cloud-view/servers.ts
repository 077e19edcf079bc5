import type { NovaServer, OpenStack } from '../../../openstack/index.ts'
import { groupOf, INSTANCE_NAME_PREFIX, instanceIndex } from '../../drivers/index.ts'

/** A list by name may find this share of all other servers: a row costs Nova more than a hundredth of a call does. */
const OTHERS_SHARE = 0.02
const ID_LENGTH = 36
/** Where random UUIDs are not random: dashes, version, variant. */
const FIXED_PLACES: ReadonlySet<number> = new Set([8, 13, 14, 18, 19, 23])
/** More groups than this, and all of ours are listed: ten thousand servers are ten pages of the dearest list there is. */
const LIST_ALL_ABOVE = 800

/** Servers of many groups by few lists. Keyed by group name; a group without servers is missing. */
export async function fetchServers(
  openstack: OpenStack,
  groups: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, readonly NovaServer[]>> {
  const lists = await Promise.all(
    namePatterns(groups).map((name) => openstack.nova.listServers({ name }, signal ? { signal } : {})),
  )
  const byGroup = new Map<string, NovaServer[]>()
  for (const server of lists.flat()) {
    const group = groupOf(server.name)
    if (group === null || instanceIndex(group, server.name) === null) continue
    const known = byGroup.get(group)
    if (known) known.push(server)
    else byGroup.set(group, [server])
  }
  return byGroup
}

/** Filters that together find these groups, and few others. */
export function namePatterns(groups: readonly string[]): readonly string[] {
  if (groups.length > LIST_ALL_ABOVE) return [`^${INSTANCE_NAME_PREFIX}`]
  const patterns: Places[] = []
  // Neighbours in order share their first characters, which leaves out most others.
  for (const alike of Map.groupBy(groups.toSorted(), (group) => group.length).values()) {
    let places: Places | null = null
    for (const group of alike) {
      const wider = withName(places ?? [], group)
      if (places === null || shareOfOthers(wider) <= OTHERS_SHARE) {
        places = wider
      } else {
        patterns.push(places)
        places = withName([], group)
      }
    }
    if (places) patterns.push(places)
  }
  return patterns.map((places) => `^${places.map(oneOf).join('')}_`)
}

/**
 * Which characters names of one length have at each place; what is asked for is any of them at each. Nova hands the filter to its database
 * as a regular expression, but on MySQL with every `|` escaped (nova/db/main/api.py, `_safe_regex_mysql`): alternatives would find nothing.
 */
type Places = readonly ReadonlySet<string>[]

const withName = (places: Places, name: string): Places =>
  Array.from(name, (character, at) => new Set(places[at]).add(character))

/** How many of all random UUIDs fit. */
const shareOfOthers = (places: Places): number =>
  places
    .slice(-ID_LENGTH)
    .filter((_, at) => !FIXED_PLACES.has(at))
    .reduce((share, place) => (share * place.size) / 16, 1)

/** Only what every database's dialect knows is used. */
function oneOf(characters: ReadonlySet<string>): string {
  const all = [...characters].toSorted()
  if (!all.every((one) => /[A-Za-z0-9_-]/.test(one))) return '.'
  if (all.length === 1) return all.join('')
  return `[${all.filter((one) => one !== '-').join('')}${characters.has('-') ? '-' : ''}]`
}
