import type { KeyName } from '../keys.ts'
import type { View } from './views.ts'

/** What a key does; the model has one handler for each. */
export type Deed =
  | 'down'
  | 'up'
  | 'pagedown'
  | 'pageup'
  | 'home'
  | 'end'
  | 'open'
  | 'back'
  | 'resources'
  | 'workers'
  | 'tenants'
  | 'events'
  | 'next_tab'
  | 'previous_tab'
  | 'filter'
  | 'search'
  | 'next_match'
  | 'previous_match'
  | 'sort_left'
  | 'sort_right'
  | 'sort_invert'
  | 'columns'
  | 'mark'
  | 'mark_all'
  | 'unmark'
  | 'rebuild'
  | 'update'
  | 'debug'
  | 'ssh'
  | 'copy_id'
  | 'copy_json'
  | 'follow'
  | 'reload'
  | 'theme'
  | 'command'
  | 'help'
  | 'quit'

/** One row of the key table. Hints, the `?` view, read-only mode and docs/keys.md all come from it. */
export interface Binding {
  readonly deed: Deed
  readonly keys: readonly KeyName[]
  /** A word or two, for the line of hints. */
  readonly label: string
  /** What it does, for `?`. */
  readonly help: string
  readonly views: readonly View[]
  readonly group: 'Move' | 'Go to' | 'List' | 'Act' | 'Console'
  /** Changes something outside this console: gone in read-only mode. */
  readonly dangerous?: true
  /** Place in the line of hints; absent: only in `?`. */
  readonly hint?: number
}

const LISTS = ['resources', 'workers', 'tenants', 'events'] as const
const TEXTS = ['detail', 'help'] as const
const ALL = [...LISTS, ...TEXTS] as const
const ON_RESOURCE = ['resources', 'detail'] as const

export const BINDINGS: readonly Binding[] = [
  { deed: 'down', keys: ['j', 'down'], label: 'down', help: 'One line down', views: ALL, group: 'Move' },
  { deed: 'up', keys: ['k', 'up'], label: 'up', help: 'One line up', views: ALL, group: 'Move' },
  {
    deed: 'pagedown',
    keys: ['pagedown', 'ctrl+f', 'ctrl+d'],
    label: 'page down',
    help: 'One page down',
    views: ALL,
    group: 'Move',
  },
  {
    deed: 'pageup',
    keys: ['pageup', 'ctrl+b', 'ctrl+u'],
    label: 'page up',
    help: 'One page up',
    views: ALL,
    group: 'Move',
  },
  { deed: 'home', keys: ['g', 'home'], label: 'top', help: 'To the first line', views: ALL, group: 'Move' },
  { deed: 'end', keys: ['G', 'end'], label: 'bottom', help: 'To the last line', views: ALL, group: 'Move' },

  {
    deed: 'open',
    keys: ['enter'],
    label: 'open',
    help: 'Details of the resource; resources of the tenant; resource of the event',
    views: LISTS,
    group: 'Go to',
    hint: 1,
  },
  {
    deed: 'back',
    keys: ['esc'],
    label: 'back',
    help: 'Back; in a list with a filter: take the filter away',
    views: ALL,
    group: 'Go to',
    hint: 12,
  },
  { deed: 'resources', keys: ['1'], label: 'resources', help: 'Resources', views: ALL, group: 'Go to' },
  { deed: 'workers', keys: ['2'], label: 'workers', help: 'Workers', views: ALL, group: 'Go to' },
  { deed: 'tenants', keys: ['3'], label: 'tenants', help: 'Tenants', views: ALL, group: 'Go to' },
  {
    deed: 'events',
    keys: ['4'],
    label: 'events',
    help: 'Events of all resources, as they happen',
    views: ALL,
    group: 'Go to',
  },
  {
    deed: 'next_tab',
    keys: ['tab', 'right', 'l'],
    label: 'next tab',
    help: 'Next tab',
    views: ['detail'],
    group: 'Go to',
    hint: 1,
  },
  {
    deed: 'previous_tab',
    keys: ['shift+tab', 'left', 'h'],
    label: 'previous tab',
    help: 'Previous tab',
    views: ['detail'],
    group: 'Go to',
  },

  {
    deed: 'filter',
    keys: ['/'],
    label: 'filter',
    help: 'Filter as you type: text, !text, /regex/, state:error, tenant:…, age>5m',
    views: LISTS,
    group: 'List',
    hint: 2,
  },
  { deed: 'search', keys: ['/'], label: 'search', help: 'Search this text', views: TEXTS, group: 'List', hint: 2 },
  { deed: 'next_match', keys: ['n'], label: 'next match', help: 'Next match', views: TEXTS, group: 'List' },
  { deed: 'previous_match', keys: ['N'], label: 'previous match', help: 'Previous match', views: TEXTS, group: 'List' },
  {
    deed: 'sort_left',
    keys: ['<', ','],
    label: 'sort by the column to the left',
    help: 'Sort by the column to the left',
    views: LISTS,
    group: 'List',
  },
  {
    deed: 'sort_right',
    keys: ['>', '.'],
    label: 'sort',
    help: 'Sort by the column to the right',
    views: LISTS,
    group: 'List',
    hint: 9,
  },
  { deed: 'sort_invert', keys: ['O'], label: 'invert', help: 'Turn the order around', views: LISTS, group: 'List' },
  { deed: 'columns', keys: ['C'], label: 'columns', help: 'Choose columns', views: LISTS, group: 'List', hint: 11 },
  {
    deed: 'mark',
    keys: ['space'],
    label: 'mark',
    help: 'Mark (actions then hit all that are marked), and go down',
    views: ['resources'],
    group: 'List',
    hint: 7,
  },
  {
    deed: 'mark_all',
    keys: ['M'],
    label: 'mark all',
    help: 'Mark everything that is listed',
    views: ['resources'],
    group: 'List',
  },
  { deed: 'unmark', keys: ['U'], label: 'unmark', help: 'Take all marks away', views: ['resources'], group: 'List' },
  {
    deed: 'follow',
    keys: ['f'],
    label: 'follow',
    help: 'Follow what is new; moving up stops it',
    views: ['events', 'detail'],
    group: 'List',
    hint: 8,
  },

  {
    deed: 'rebuild',
    keys: ['r'],
    label: 'rebuild',
    help: 'Replace the instances by new ones (asks)',
    views: ON_RESOURCE,
    group: 'Act',
    dangerous: true,
    hint: 3,
  },
  {
    deed: 'update',
    keys: ['u'],
    label: 'update',
    help: 'Look again and push the configuration',
    views: ON_RESOURCE,
    group: 'Act',
    dangerous: true,
    hint: 4,
  },
  {
    deed: 'debug',
    keys: ['d'],
    label: 'debug/manage',
    help: 'Into debug mode (asks for the reason), or back to be managed',
    views: ['resources', 'detail', 'tenants'],
    group: 'Act',
    dangerous: true,
    hint: 5,
  },
  {
    deed: 'ssh',
    keys: ['s'],
    label: 'ssh',
    help: 'Log in to the instance',
    views: ON_RESOURCE,
    group: 'Act',
    dangerous: true,
    hint: 6,
  },
  {
    deed: 'copy_id',
    keys: ['c'],
    label: 'copy id',
    help: 'Copy the id (the terminal must allow it: OSC 52)',
    views: ['resources', 'detail', 'tenants'],
    group: 'Act',
  },
  {
    deed: 'copy_json',
    keys: ['y'],
    label: 'copy JSON',
    help: 'Copy as JSON',
    views: ['resources', 'detail', 'tenants', 'workers'],
    group: 'Act',
  },

  {
    deed: 'command',
    keys: [':'],
    label: 'command',
    help: 'Type a command; Tab completes, Up brings back earlier ones',
    views: ALL,
    group: 'Console',
    hint: 10,
  },
  { deed: 'reload', keys: ['ctrl+r'], label: 'reload', help: 'Ask for everything anew', views: ALL, group: 'Console' },
  { deed: 'theme', keys: ['T'], label: 'theme', help: 'Next theme: dark, light, mono', views: ALL, group: 'Console' },
  { deed: 'help', keys: ['?'], label: 'help', help: 'This help', views: ALL, group: 'Console', hint: 13 },
  { deed: 'quit', keys: ['q', 'ctrl+c'], label: 'quit', help: 'Leave', views: ALL, group: 'Console', hint: 14 },
]

export interface BindingScope {
  readonly view: View
  readonly readOnly: boolean
}

const inForce = new Map<string, readonly Binding[]>()

/** The bindings in force. */
export function bindingsOf({ view, readOnly }: BindingScope): readonly Binding[] {
  const key = `${view} ${readOnly}`
  const known = inForce.get(key) ?? BINDINGS.filter((one) => one.views.includes(view) && !(readOnly && one.dangerous))
  inForce.set(key, known)
  return known
}

/** What a key does here; null: nothing. */
export function deedOf(key: KeyName, scope: BindingScope): Deed | null {
  return bindingsOf(scope).find(({ keys }) => keys.includes(key))?.deed ?? null
}

const SHOWN: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pagedown: 'PgDn',
  pageup: 'PgUp',
  enter: 'Enter',
  esc: 'Esc',
  space: 'Space',
  tab: 'Tab',
  'shift+tab': 'Shift-Tab',
  home: 'Home',
  end: 'End',
}

/** A key as a person reads it. */
export function keyLabel(key: KeyName): string {
  if (key.startsWith('ctrl+')) return `Ctrl-${key.slice(5).toUpperCase()}`
  return SHOWN[key] ?? key
}
