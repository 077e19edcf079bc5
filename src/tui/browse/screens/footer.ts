import type { TextField } from '../../components/text-field.ts'
import { joinWhole, type Line, type Span } from '../../line.ts'
import { shown, widthOf } from '../../text.ts'
import { type BindingScope, bindingsOf, keyLabel } from '../bindings.ts'
import type { Mode, Toast } from '../state.ts'

/** A field being typed, with its cursor as an inverted cell; a long text is shown around the cursor. */
export function fieldLine(prompt: string, { text, cursor }: TextField, width: number, ghost = ''): Line {
  const characters = [...text]
  const room = Math.max(8, width - widthOf(prompt) - 2)
  const from = Math.max(0, cursor - room)
  const before = shown(characters.slice(from, cursor).join(''))
  const under = shown(characters[cursor] ?? ghost[0] ?? ' ')
  const after = shown(characters.slice(cursor + 1, from + room).join(''))
  const rest = cursor === characters.length ? ghost.slice(1) : ''
  return [
    ['accent', prompt],
    [null, before],
    ['selected', under],
    [null, after],
    ['muted', rest],
  ]
}

/** The newest message, and how many more there are. */
function toastLine(toasts: readonly Toast[]): Line {
  const newest = toasts.at(-1)
  if (newest === undefined) return []
  const more: Span[] = toasts.length > 1 ? [['muted', `  (and ${toasts.length - 1} more)`]] : []
  return [[newest.token, shown(newest.text)], ...more]
}

/** The most useful keys of the view, as many as fit. */
function hints(scope: BindingScope, width: number): Line {
  const useful = bindingsOf(scope)
    .filter((binding) => binding.hint !== undefined)
    .sort((a, b) => (a.hint ?? 0) - (b.hint ?? 0))
  // Help and quit must be seen even when nothing else fits.
  const hint = ({ keys, label }: (typeof useful)[number]): Line => [
    ['strong', keyLabel(keys[0] ?? '')],
    ['muted', ` ${label}`],
  ]
  const always = useful.filter(({ deed }) => deed === 'help' || deed === 'quit').map(hint)
  const end = joinWhole(always, '  ', width)
  const endWidth = end.reduce((sum, [, text]) => sum + widthOf(text), 0)
  const others = useful.filter(({ deed }) => deed !== 'help' && deed !== 'quit').map(hint)
  const start = joinWhole(others, '  ', width - endWidth - 2)
  return start.length === 0 ? end : [...start, [null, '  '], ...end]
}

const CHOICES: Readonly<Partial<Record<Mode['kind'], string>>> = {
  filter: 'Enter keep   Esc undo',
  search: 'Enter keep   Esc undo',
  command: 'Enter do it   Tab complete   ↑ earlier   Esc leave',
}

/** The last two lines: a message or what is being typed; and what the keys do. */
export function footerLines(
  mode: Mode,
  toasts: readonly Toast[],
  /** Said while there is no message. */
  otherwise: Line,
  scope: BindingScope,
  width: number,
): Line[] {
  const choice = CHOICES[mode.kind]
  const keys: Line = choice === undefined ? hints(scope, width) : [['muted', choice]]
  switch (mode.kind) {
    case 'filter':
    case 'search':
      return [fieldLine('/', mode.field, width), keys]
    case 'command': {
      const { completion, field } = mode
      const first = completion?.candidates[0]
      const ghost =
        first !== undefined && completion?.at === -1 && first.startsWith(field.text)
          ? first.slice(field.text.length)
          : ''
      const offered = (completion?.candidates ?? []).map(
        (text, n): Line => [[n === completion?.at ? 'selected' : 'muted', shown(text.split(' ').at(-1) ?? '')]],
      )
      return [fieldLine(':', field, width, ghost), offered.length > 1 ? joinWhole(offered, '  ', width) : keys]
    }
    default:
      return [toasts.length > 0 ? toastLine(toasts) : otherwise, keys]
  }
}
