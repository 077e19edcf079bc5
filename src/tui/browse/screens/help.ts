import { type Line, plainLine } from '../../line.ts'
import { BINDINGS, type Binding, bindingsOf, keyLabel } from '../bindings.ts'
import { COMMANDS } from '../commands.ts'
import type { View } from '../views.ts'

const GROUPS: readonly Binding['group'][] = ['Move', 'Go to', 'List', 'Act', 'Console']

const FILTERS: readonly (readonly [string, string])[] = [
  ['web', 'anywhere in the name, id, tenant, state …; small letters match both'],
  ['!web', 'not so'],
  ['/^web-\\d+$/', 'a regular expression'],
  ['state:error', 'a column; state, tenant, name, id, step, driver, debug, …'],
  ['attempts>2  age>5m', 'numbers and ages compare as such'],
  ['state:error tenant:5f3c', 'all terms must hold'],
]

const row = (left: string, right: string): Line => [
  ['strong', `  ${left.padEnd(26)}`],
  [null, right],
]

/** Every key of a view, the commands, and the grammar of filters. */
export function helpLines(view: View, readOnly: boolean): Line[] {
  const bindings = bindingsOf({ view, readOnly })
  const elsewhere = BINDINGS.filter((binding) => !bindings.includes(binding) && !(readOnly && binding.dangerous))
  const keys = (list: readonly Binding[]): Line[] =>
    list.map(({ keys: names, help }) => row(names.map(keyLabel).join(' '), help))
  return [
    ...GROUPS.flatMap((group) => {
      const of = bindings.filter((binding) => binding.group === group)
      return of.length === 0 ? [] : [[['header', group]] as Line, ...keys(of), plainLine('')]
    }),
    [['header', 'Filter']],
    ...FILTERS.map(([term, meaning]) => row(term, meaning)),
    plainLine(''),
    [['header', 'Commands (after :)']],
    ...COMMANDS.filter(({ dangerous }) => !(readOnly && dangerous)).map(({ usage, help }) => row(usage, help)),
    plainLine(''),
    ...(elsewhere.length === 0 ? [] : [[['header', 'In other views']] as Line, ...keys(elsewhere)]),
  ]
}
