import type { Action, InstanceState, Step } from '../../contract/index.ts'
import { graph } from '../../orchestrator/lifecycle/index.ts'
import { type Line, plainLine, type Span } from '../line.ts'
import type { Theme } from '../theme.ts'

/** Where the boxes stand: the way of a boot goes to the right, the ways back and out are below. */
const GRID: readonly (readonly Step[])[] = [
  ['CalcAction', 'Alive', 'CreateInstance', 'CheckBoot'],
  ['ClearError', 'ReadStats', 'ConfigureInstance', 'ReplugInstance'],
  ['RebuildInstance', 'StopInstance', 'PushUpdate', 'Exit'],
]

/** Inside of a box: the longest name, and a blank on each side. */
const BOX = 19
const GAP = 1

const LIT = { corner: '╔╗╚╝', across: '═', down: '║' } as const
const PLAIN = { corner: '┌┐└┘', across: '─', down: '│' } as const

interface Marks {
  readonly current: Step
  readonly next: ReadonlySet<Step>
  readonly been: ReadonlySet<Step>
}

function centred(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2)
  return ' '.repeat(left) + text + ' '.repeat(width - text.length - left)
}

/** The three lines of one box. */
function box(step: Step, { current, next, been }: Marks, width: number): readonly [Span, Span, Span] {
  const lit = step === current
  const { corner, across, down } = lit ? LIT : PLAIN
  const token = lit ? 'ok' : next.has(step) ? 'accent' : been.has(step) ? null : 'muted'
  const inside = width - 2
  const name = lit ? `*${step}*` : next.has(step) ? `>${step}` : step
  return [
    [token, `${corner[0]}${across.repeat(inside)}${corner[1]}`],
    [token, `${down}${centred(name.slice(0, inside), inside)}${down}`],
    [token, `${corner[2]}${across.repeat(inside)}${corner[3]}`],
  ]
}

function drawn(marks: Marks, width: number): Line[] {
  const size = Math.min(BOX + 2, Math.floor((width - 3 * GAP) / 4))
  if (size < 19)
    return GRID.flat().map((step) => [
      [step === marks.current ? 'ok' : null, `${step === marks.current ? '*' : ' '} ${step}`],
    ])
  return GRID.flatMap((row) => {
    const boxes = row.map((step) => box(step, marks, size))
    return [0, 1, 2].map((n) =>
      boxes.flatMap((lines, i): Span[] => [
        ...(i > 0 ? [[null, ' '.repeat(GAP)] as Span] : []),
        lines[n] ?? [null, ''],
      ]),
    )
  })
}

/** What the graph shows of one machine. */
export interface MachineView {
  readonly step: Step
  readonly action: Action | null
  readonly state: InstanceState
  /** Steps taken of late, oldest first. */
  readonly path: readonly Step[]
}

/**
 * The state machine with the current step lit (`*CheckBoot*`, a double frame), the possible next ones marked (`>Alive`), the way there, and
 * when each way on is taken.
 */
export function stateGraph({ step, action, state, path }: MachineView, theme: Theme, width: number): Line[] {
  const edges = graph().edges.filter((edge) => edge.from === step)
  const next = new Set(edges.map(({ to }) => to).filter((to) => to !== step))
  const way = path.length === 0 ? step : path.join(` ${theme.signs.next} `)
  const longest = Math.max(...edges.map(({ to }) => to.length))
  return [
    ...drawn({ current: step, next, been: new Set(path) }, width),
    plainLine(''),
    [
      ['muted', 'Now       '],
      ['ok', step],
      ['muted', `  action ${action ?? 'none'}, instance state ${state}`],
    ],
    [
      ['muted', 'Way here  '],
      [null, way.length > width - 10 ? `…${way.slice(way.length - (width - 11))}` : way],
    ],
    plainLine(''),
    [['header', `From ${step} the machine goes, the first that fits:`]],
    ...edges.map(
      ({ to, when, yields }): Line => [
        ['accent', `  ${theme.signs.next} ${to.padEnd(longest)}`],
        [null, `  ${when}`],
        ['muted', yields === null ? '' : `  (${yields})`],
      ],
    ),
  ]
}
