import {
  type Debugger,
  FAIL_NEXT,
  INSPECTIONS,
  PRETENCE_NAMES,
  PRETENCES,
  pretencesOf,
} from '../../orchestrator/debugger/index.ts'

/** One thing to choose, by one key. */
export interface MenuItem {
  readonly key: string
  readonly label: string
  /** The command that it stands for; one that ends in a blank is completed by hand. */
  readonly command: string
}

export interface Menu {
  readonly title: string
  readonly items: readonly MenuItem[]
}

export const UNTIL_MENU: Menu = {
  title: 'Step until',
  items: [
    { key: 'n', label: 'the next CalcAction', command: 'next' },
    { key: 'c', label: 'the instance state changes', command: 'until change' },
    { key: 'e', label: 'something fails', command: 'until error' },
    { key: 'r', label: 'nothing is left to do', command: 'run' },
    { key: 's', label: 'a step or a state: type its name', command: 'until ' },
  ],
}

export const INJECT_MENU: Menu = {
  title: 'Put into the queue',
  items: [
    { key: 'u', label: 'update', command: 'update' },
    { key: 'p', label: 'poll', command: 'poll' },
    { key: 'c', label: 'create', command: 'create' },
    { key: 'r', label: 'rebuild', command: 'rebuild' },
    { key: 'i', label: 'rebuild with an image', command: 'rebuild ' },
    { key: 'd', label: 'delete (asks twice)', command: 'delete' },
  ],
}

const INSPECT_LABELS = {
  router: 'the router as Neutron has it',
  ports: 'ports',
  instances: 'instances',
  interfaces: 'interfaces of the appliances',
  config: 'configuration as it would be pushed, and the difference',
} as const

export const INSPECT_MENU: Menu = {
  title: 'Look into',
  items: INSPECTIONS.map((what, n) => ({
    key: String(n + 1),
    label: INSPECT_LABELS[what],
    command: `inspect ${what}`,
  })),
}

/** What can be pretended, with what is on marked. */
export function outcomeMenu(debug: Debugger): Menu {
  const on = new Set(pretencesOf(debug))
  const item = (name: string, label: string, n: number): MenuItem => ({
    key: String(n + 1),
    label: `[${on.has(name) ? 'x' : ' '}] ${label}`,
    command: on.has(name) ? `pretend ${name} off` : `pretend ${name}`,
  })
  return {
    title: 'Pretend that',
    items: [
      ...PRETENCE_NAMES.map((name, n) => item(name, PRETENCES[name].label, n)),
      item(FAIL_NEXT, 'the next step fails', PRETENCE_NAMES.length),
      { key: '0', label: 'nothing', command: 'pretend nothing' },
    ],
  }
}
