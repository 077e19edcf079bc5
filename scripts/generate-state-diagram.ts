import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { STEPS } from '../src/contract/index.ts'
import {
  describeCondition,
  effectsOf,
  type GraphEdge,
  graph,
  initialMachine,
  TRANSITIONS,
} from '../src/orchestrator/lifecycle/index.ts'

/** docs/state-machine.md, written from the transition table: `node scripts/generate-state-diagram.ts [--check]`. */
const FILE = new URL('../docs/state-machine.md', import.meta.url)

const PURPOSE: Readonly<Record<(typeof STEPS)[number], string>> = {
  CalcAction: 'Makes one action of what is queued and decides what to do. Where a machine rests.',
  Alive: 'Looks at the instances: do they exist, do they answer?',
  CreateInstance: 'Boots what is missing; sets the error when the boot attempts are used up.',
  CheckBoot: 'Looks whether what was booted is up.',
  ConfigureInstance: 'Pushes the configuration, if it differs from what was last accepted or the push is forced.',
  ReplugInstance: "Plugs and unplugs interfaces until the instance has the resource's networks.",
  StopInstance: 'Deletes the instances and their ports.',
  RebuildInstance: 'Deletes the instances to boot new ones.',
  ClearError: 'Leaves the error behind: new boot attempts.',
  PushUpdate: 'The instance was not configured: queues an update of its own.',
  ReadStats: 'Reads the traffic counters.',
  Exit: 'The resource is gone; so is its machine.',
}

const YIELDS: readonly (readonly [string, string])[] = [
  ['idle', 'configured, nothing queued: rests until the next event'],
  ['more', 'something is queued: goes to the end of the line'],
  ['wait', 'a boot, a delete or a hot-plug takes its time: looks again later'],
  ['cooldown', 'in error: looks again when the cool-down ends'],
  ['retry', 'it did not work: looks again after a growing pause'],
]

const label = (edge: GraphEdge): string => (edge.yields === null ? edge.when : `${edge.when} (${edge.yields})`)

function mermaid(): string {
  const merged = new Map<string, string[]>()
  for (const edge of graph().edges) {
    if (edge.from === 'Exit') continue
    const key = `${edge.from} --> ${edge.to}`
    merged.set(key, [...(merged.get(key) ?? []), label(edge)])
  }
  const lines = [...merged].map(([arrow, labels]) => `  ${arrow} : ${labels.join(' / ')}`)
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> CalcAction', ...lines, '  Exit --> [*]', '```'].join('\n')
}

function effects(step: (typeof STEPS)[number]): string {
  const facts = { instanceState: 'up', inErrorCooldown: false, bootAttempts: 0, rebootErrorThreshold: 5 } as const
  const list = effectsOf({ ...initialMachine(), step }, facts).join(', ')
  if (step !== 'CreateInstance') return list || '–'
  return `${list}, or ${effectsOf({ ...initialMachine(), step }, { ...facts, bootAttempts: 5 }).join(', ')}`
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const cell = (values: readonly string[] | 'any'): string => (values === 'any' ? 'any' : values.join(', '))

/** The whole document. */
export function renderStateMachine(): string {
  const transitions = TRANSITIONS.map((t) => [
    t.from,
    cell(t.actions),
    cell(t.states),
    t.cooldown ? 'yes' : 'any',
    t.carries === undefined ? (t.to === 'carried' ? '*what was carried*' : t.to) : `${t.to}, carrying ${t.carries}`,
    t.yields ?? '–',
  ])
  return `# The state machine

Written by \`node scripts/generate-state-diagram.ts\` from the transition table in \`src/orchestrator/lifecycle/transitions.ts\`; a test fails
when the two differ. Edit the table, not this file.

Each resource has one machine. It is pure: a step asks for effects, the worker has them carried out, and the table says by the new instance
state where to go. A pass takes steps until a row says that it yields. Words on an arrow: actions · instance states; first the row that
stands first.

${mermaid()}

## Steps

${table(
  ['step', 'what it does', 'effects'],
  STEPS.map((step) => [step, PURPOSE[step], effects(step)]),
)}

## Why a pass ends

${table(['yield', 'meaning'], YIELDS)}

Besides: a failed effect always yields \`retry\`, with its action kept, and the next pass starts over from CalcAction (a stop or rebuild under
way is simply ordered again). A delete in the queue, or a rebuild that overrides the action under way, takes the machine back to CalcAction
after any step.

## Transitions

The first row of a step that matches decides (${describeCondition({ from: 'CalcAction', to: 'Alive', actions: 'any', states: 'any' })}: all other cases).

${table(['step', 'action', 'instance state', 'in cool-down', 'next', 'yields'], transitions)}
`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (!process.argv.includes('--check')) writeFileSync(FILE, renderStateMachine())
  else if (readFileSync(FILE, 'utf8') !== renderStateMachine()) {
    console.error('docs/state-machine.md is out of date: node scripts/generate-state-diagram.ts')
    process.exitCode = 1
  }
}
