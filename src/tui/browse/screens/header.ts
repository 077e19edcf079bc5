import { age } from '../../../cli/index.ts'
import { INSTANCE_STATES, type InstanceState, type Resource } from '../../../contract/index.ts'
import { joinWhole, type Line, type Span, spread } from '../../line.ts'
import { grouped, shown } from '../../text.ts'
import { stateToken, type Theme } from '../../theme.ts'
import type { Connection, LiveData } from '../live-data.ts'

/** What needs somebody comes first: it is also what stays when the line is too short. */
const BY_URGENCY: readonly InstanceState[] = [
  'error',
  'down',
  'degraded',
  'restart',
  'replug',
  'booting',
  'up',
  'gone',
  'configured',
]

/** Who the console talks to. */
export interface Orchestrator {
  readonly target: string
  /** Name of the profile, if one was chosen. */
  readonly profile: string | null
}

/** Numbers for the second line; counted once for each version of the table. */
export interface Totals {
  readonly all: number
  readonly states: Readonly<Record<InstanceState, number>>
  readonly debug: number
}

export function totalsOf(resources: ReadonlyMap<string, Resource>): Totals {
  const states = Object.fromEntries(INSTANCE_STATES.map((state) => [state, 0])) as Record<InstanceState, number>
  let debug = 0
  for (const resource of resources.values()) {
    states[resource.instance_state]++
    if (resource.debug !== null) debug++
  }
  return { all: resources.size, states, debug }
}

/** The numbers after some resources changed from `before` to `after`, each being undefined where there is none. */
export function recounted(
  totals: Totals,
  before: readonly (Resource | undefined)[],
  after: readonly (Resource | undefined)[],
): Totals {
  const states = { ...totals.states }
  let { all, debug } = totals
  const count = (resource: Resource | undefined, by: 1 | -1): void => {
    if (resource === undefined) return
    states[resource.instance_state] += by
    all += by
    if (resource.debug !== null) debug += by
  }
  for (const resource of before) count(resource, -1)
  for (const resource of after) count(resource, 1)
  return { all, states, debug }
}

function connectionSpan({ state, since, problem }: Connection, now: number, theme: Theme): Line {
  const { signs } = theme
  if (state === 'live') return [['ok', `${signs.live} live`]]
  if (state === 'connecting') return [['busy', `${signs.now} connecting`]]
  const ago = age(new Date(since).toISOString(), now)
  return [['bad', `${signs.lost} lost ${ago} ago, reconnecting${problem === null ? '' : `: ${shown(problem)}`}`]]
}

/** The first two lines: whom one looks at and how fresh it is; how many resources are in which state. */
export function headerLines(
  data: Pick<LiveData, 'connection' | 'info' | 'debug'>,
  totals: Totals,
  { target, profile }: Orchestrator,
  context: { readonly theme: Theme; readonly width: number; readonly now: number; readonly readOnly: boolean },
): Line[] {
  const { theme, width, now, readOnly } = context
  const host = data.info === null ? '' : `  ${shown(data.info.host)} ${shown(data.info.version)}`
  const left: Line = [
    ['strong', 'astara'],
    ...(profile === null ? [] : [['accent', `  ${shown(profile)}`] as Span]),
    [null, `  ${target}`],
    ['muted', host],
    ...(readOnly ? [['busy', '  read-only'] as Span] : []),
  ]
  const right = connectionSpan(data.connection, now, theme)
  // What is wrong with the connection matters more than where it went.
  const first =
    data.connection.state === 'lost' ? spread(right, [['strong', 'astara']], width) : spread(left, right, width)
  const stale = data.connection.state !== 'live'
  const counts = BY_URGENCY.filter((state) => totals.states[state] > 0).map(
    (state): Line => [
      [stale ? 'muted' : stateToken(state), `${theme.glyph(state)} ${grouped(totals.states[state])} ${state}`],
    ],
  )
  const global = data.debug?.global ?? null
  const notes: Line[] = [
    [[stale ? 'muted' : 'strong', `${grouped(totals.all)} ${totals.all === 1 ? 'resource' : 'resources'}`]],
    ...(global === null ? [] : [[['busy', `${theme.signs.warn} global debug mode`]] as Line]),
    ...counts,
    ...(totals.debug === 0 || global !== null
      ? []
      : [[['busy', `${theme.signs.warn} ${grouped(totals.debug)} in debug`]] as Line]),
  ]
  return [first, joinWhole(notes, '  ', width)]
}
