import { nearest } from '../../shared/index.ts'
import { THEME_NAMES } from '../theme.ts'
import type { LIST_VIEWS } from './views.ts'

/** What a `:` command means. Words that name a resource are looked up by who carries it out. */
export type Command =
  | { readonly name: 'view'; readonly view: (typeof LIST_VIEWS)[number]; readonly filter: string | null }
  | { readonly name: 'show'; readonly resource: string }
  | {
      readonly name: 'act'
      readonly action: 'rebuild' | 'update' | 'debug' | 'manage'
      readonly resource: string | null
      readonly reason: string | null
    }
  | {
      readonly name: 'tenant'
      readonly tenant: string
      readonly action: 'show' | 'debug' | 'manage'
      readonly reason: string | null
    }
  | { readonly name: 'global'; readonly action: 'debug' | 'manage' | 'status'; readonly reason: string | null }
  | { readonly name: 'ssh'; readonly resource: string | null }
  | { readonly name: 'poll' }
  | { readonly name: 'filter'; readonly text: string }
  | { readonly name: 'sort'; readonly by: string }
  | { readonly name: 'columns'; readonly columns: string | null }
  | { readonly name: 'theme'; readonly theme: string }
  | { readonly name: 'reload' }
  | { readonly name: 'help' }
  | { readonly name: 'quit' }

export type Parsed = { readonly command: Command } | { readonly problem: string }

/** What a word after a command is, for completion. */
type Argument = 'resource' | 'tenant' | 'column' | 'theme' | 'filter' | 'verb' | 'on_off' | 'text' | 'tenant_verb'

interface Entry {
  readonly words: readonly string[]
  readonly usage: string
  readonly help: string
  readonly arguments: readonly Argument[]
  readonly dangerous?: true
  readonly parse: (rest: readonly string[], text: string) => Command | string
}

const optional = (text: string): string | null => (text === '' ? null : text)
const afterFirst = (rest: readonly string[]): string | null => optional(rest.slice(1).join(' '))

const ACTIONS = ['rebuild', 'update', 'debug', 'manage'] as const
type ActionWord = (typeof ACTIONS)[number]
const isAction = (word: string): word is ActionWord => (ACTIONS as readonly string[]).includes(word)

/** `rebuild`, `rebuild 5f3c`, `debug 5f3c because …`. */
const act = (action: ActionWord, rest: readonly string[]): Command => ({
  name: 'act',
  action,
  resource: rest[0] ?? null,
  reason: afterFirst(rest),
})

/** `router`, `router list`, `router show 5f3c`, `router rebuild 5f3c`: the words of `astara ctl`. */
function onResource(rest: readonly string[]): Command | string {
  const [verb, ...others] = rest
  if (verb === undefined || verb === 'list') return { name: 'view', view: 'resources', filter: null }
  if (verb === 'show' || verb === 'timeline' || verb === 'config') {
    return others[0] === undefined ? `${verb} which one?` : { name: 'show', resource: others[0] }
  }
  if (isAction(verb)) return act(verb, others)
  return { name: 'show', resource: verb }
}

function onTenant(rest: readonly string[]): Command | string {
  const [first, second] = rest
  if (first === undefined || first === 'list') return { name: 'view', view: 'tenants', filter: null }
  const verbFirst = first === 'show' || first === 'debug' || first === 'manage'
  const tenant = verbFirst ? second : first
  if (tenant === undefined) return `${first} which tenant?`
  return {
    name: 'tenant',
    tenant,
    action: verbFirst ? first : 'show',
    reason: verbFirst ? optional(rest.slice(2).join(' ')) : null,
  }
}

function onGlobal(rest: readonly string[]): Command | string {
  const words = rest[0] === 'debug' ? rest.slice(1) : rest
  const [verb = 'status'] = words
  if (verb === 'enable') return { name: 'global', action: 'debug', reason: afterFirst(words) }
  if (verb === 'disable') return { name: 'global', action: 'manage', reason: null }
  return verb === 'status'
    ? { name: 'global', action: 'status', reason: null }
    : 'global debug enable, disable or status?'
}

const view = (name: (typeof LIST_VIEWS)[number], words: readonly string[], help: string): Entry => ({
  words,
  usage: `${name} [filter]`,
  help,
  arguments: ['filter'],
  parse: (_rest, text) => ({ name: 'view', view: name, filter: optional(text) }),
})

const action = (name: ActionWord, help: string): Entry => ({
  words: [name],
  usage: `${name} [resource] [reason]`,
  help,
  arguments: ['resource', 'text'],
  dangerous: true,
  parse: (rest) => act(name, rest),
})

const bare = (words: readonly string[], command: Command, help: string): Entry => ({
  words,
  usage: words[0] ?? '',
  help,
  arguments: [],
  parse: () => command,
})

/** The commands: parsing, completion, the `?` view and the documents come from this table. */
export const COMMANDS: readonly Entry[] = [
  view('resources', ['resources', 'routers', 'r'], 'The resources, or those that the filter lets through'),
  view('workers', ['workers', 'w'], 'The worker processes'),
  view('tenants', ['tenants', 't'], 'The tenants'),
  view('events', ['events', 'e'], 'What happens, as it happens'),
  {
    words: ['router', 'resource', 'loadbalancer'],
    usage: 'router [show|rebuild|update|debug|manage] <resource>',
    help: 'One resource, by id, beginning of the id, or name',
    arguments: ['verb', 'resource', 'text'],
    parse: onResource,
  },
  {
    words: ['tenant'],
    usage: 'tenant [show|debug|manage] <tenant> [reason]',
    help: "A tenant's resources; its debug mode",
    arguments: ['tenant_verb', 'tenant', 'text'],
    parse: onTenant,
  },
  {
    words: ['global'],
    usage: 'global debug enable|disable|status [reason]',
    help: 'Debug mode of the whole cluster',
    arguments: ['on_off', 'text'],
    parse: onGlobal,
  },
  action('rebuild', 'Replace the instances of the selected, marked or named resource (asks)'),
  action('update', 'Look again and push the configuration'),
  action('debug', 'Debug mode: events are ignored until managed again'),
  action('manage', 'End the debug mode'),
  {
    words: ['ssh'],
    usage: 'ssh [resource]',
    help: 'Log in to the instance',
    arguments: ['resource'],
    dangerous: true,
    parse: ([resource]) => ({ name: 'ssh', resource: resource ?? null }),
  },
  { ...bare(['poll'], { name: 'poll' }, 'Check the health of everything now'), dangerous: true },
  {
    words: ['filter'],
    usage: 'filter [terms]',
    help: 'Filter this list; without terms: all',
    arguments: ['filter'],
    parse: (_rest, text) => ({ name: 'filter', text }),
  },
  {
    words: ['sort'],
    usage: 'sort <column>[:desc]',
    help: 'Sort this list',
    arguments: ['column'],
    parse: (_rest, text) => (text === '' ? 'sort by which column?' : { name: 'sort', by: text }),
  },
  {
    words: ['columns'],
    usage: 'columns [column,…]',
    help: 'Columns of this list, in this order; without names: what fits',
    arguments: ['column'],
    parse: (_rest, text) => ({ name: 'columns', columns: optional(text) }),
  },
  {
    words: ['theme'],
    usage: `theme ${THEME_NAMES.join('|')}`,
    help: 'Colours',
    arguments: ['theme'],
    parse: ([theme]) => (theme === undefined ? 'which theme?' : { name: 'theme', theme }),
  },
  bare(['reload'], { name: 'reload' }, 'Ask for everything anew'),
  bare(['help', '?'], { name: 'help' }, 'Keys and commands'),
  bare(['quit', 'q', 'q!', 'exit'], { name: 'quit' }, 'Leave'),
]

const entryOf = (word: string): Entry | undefined => COMMANDS.find(({ words }) => words.includes(word))

/** `astara ctl router show x` is taken as `router show x`: what a person knows from the command line works here. */
function words(text: string): string[] {
  const all = text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (all[0] === 'astara') all.shift()
  if (all[0] === 'ctl') all.shift()
  return all
}

/** What a typed command means. */
export function parseCommand(text: string): Parsed {
  const [first, ...rest] = words(text)
  if (first === undefined) return { problem: '' }
  const entry = entryOf(first)
  if (entry === undefined) {
    const near = nearest(
      first,
      COMMANDS.flatMap((one) => one.words),
    )
    return {
      problem: `there is no command "${first}"${near === null ? ': ? shows them all' : `; did you mean ${near}?`}`,
    }
  }
  const result = entry.parse(rest, rest.join(' '))
  return typeof result === 'string' ? { problem: result } : { command: result }
}

/** What there is to choose from; asked for only when a word of its kind is being completed. */
export interface Candidates {
  /** Ids and names that begin so. */
  readonly resources: (prefix: string) => readonly string[]
  readonly tenants: (prefix: string) => readonly string[]
  readonly columns: readonly string[]
}

const AT_MOST = 50

function ofKind(kind: Argument | undefined, prefix: string, candidates: Candidates): readonly string[] {
  switch (kind) {
    case 'resource':
      return candidates.resources(prefix)
    case 'tenant':
      return candidates.tenants(prefix)
    case 'column':
      return candidates.columns
    case 'filter':
      return ['state:', 'tenant:', 'name:', 'debug:', ...candidates.columns.map((column) => `${column}:`)]
    case 'theme':
      return THEME_NAMES
    case 'verb':
      return ['show', 'list', ...ACTIONS]
    case 'tenant_verb':
      return ['show', 'debug', 'manage', ...candidates.tenants(prefix)]
    case 'on_off':
      return ['debug', 'enable', 'disable', 'status']
    default:
      return []
  }
}

/** Whole lines that the typed one may become. */
export function completions(text: string, candidates: Candidates): readonly string[] {
  const typed = text.trimStart().split(/\s+/)
  const last = typed.at(-1) ?? ''
  const before = text.slice(0, text.length - last.length)
  if (typed.length === 1) {
    const names = COMMANDS.map((entry) => entry.words[0] ?? '')
    return names.filter((name) => name.startsWith(last)).map((name) => before + name)
  }
  const entry = entryOf(typed[0] ?? '')
  if (entry === undefined) return []
  const kind = entry.arguments[typed.length - 2]
  // A list of columns is completed after its last comma.
  const comma = kind === 'column' ? last.lastIndexOf(',') + 1 : 0
  const head = before + last.slice(0, comma)
  const tail = last.slice(comma)
  const found = new Set(
    ofKind(kind, tail, candidates).filter((word) => word.toLowerCase().startsWith(tail.toLowerCase())),
  )
  return [...found].slice(0, AT_MOST).map((word) => head + word)
}
