import { assertNever, nearest } from '../../shared/index.ts'
import { THEME_NAMES, type ThemeName } from '../theme.ts'
import type { Command } from './commands.ts'
import type { Deeds } from './deeds.ts'
import { findResource } from './lookup.ts'
import type { ConsoleModel } from './model.ts'
import type { ListState } from './state.ts'
import type { ListView } from './views.ts'

interface Context {
  readonly model: ConsoleModel
  readonly deeds: Deeds
  /** The list on the screen. */
  readonly view: ListView | null
  /** What is marked or selected. */
  readonly targets: () => readonly string[]
}

/** `name`, `name:desc`, `-name`. */
function sortOf(text: string, columns: readonly string[]): ListState['sort'] | { readonly problem: string } {
  const descending = text.startsWith('-') || text.endsWith(':desc')
  const word = text
    .replace(/^[-+]/, '')
    .replace(/:(asc|desc)$/, '')
    .toLowerCase()
  const column =
    columns.find((id) => id === word) ??
    columns.find((id) => id.replace(/_(at|id)$/, '') === word || id.endsWith(`_${word}`))
  if (column !== undefined) return { column, descending }
  const near = nearest(word, columns)
  return { problem: `there is no column "${word}"${near === null ? '' : `; did you mean ${near}?`}` }
}

function arrange(text: string, { model, view }: Context): void {
  const list = view ?? 'resources'
  const sort = sortOf(text.trim(), model.panes[list].columnIds)
  if ('problem' in sort) model.say('bad', sort.problem)
  else model.list(list, { sort })
}

function choose(text: string | null, { model, view }: Context): void {
  const list = view ?? 'resources'
  const known = model.panes[list].columnIds
  if (text === null || text === 'default') {
    model.list(list, { columns: null })
    return
  }
  const chosen = text.split(',').map((word) => ({ word, sort: sortOf(word.trim(), known) }))
  const wrong = chosen.find(({ sort }) => 'problem' in sort)
  if (wrong !== undefined && 'problem' in wrong.sort) model.say('bad', wrong.sort.problem)
  else
    model.list(list, { columns: [...new Set(chosen.flatMap(({ sort }) => ('column' in sort ? [sort.column] : [])))] })
}

function onTenant(command: Extract<Command, { name: 'tenant' }>, { model, deeds }: Context): void {
  const { data } = model.deps
  const ids = new Set(Array.from(data.resources.values(), (r) => r.tenant_id))
  for (const { tenant_id: id } of data.debug?.tenants ?? []) ids.add(id)
  const found = [...ids].filter((id) => id === command.tenant || id.startsWith(command.tenant.toLowerCase()))
  const [id] = found
  if (id === undefined) model.say('bad', `there is no tenant "${command.tenant}" with resources`)
  else if (found.length > 1 && !found.includes(command.tenant))
    model.say('bad', `"${command.tenant}" can be any of ${found.length} tenants`)
  else if (command.action === 'show') {
    model.list('resources', { filter: `tenant:${id}` })
    model.apply({ type: 'go', place: { view: 'resources' } })
  } else deeds.ask({ action: command.action, target: { kind: 'tenant', ids: [id] }, reason: command.reason })
}

async function poll({ model }: Context): Promise<void> {
  const { resources } = await model.deps.client.poll({ signal: model.signal })
  model.say('ok', `Checking the health of ${resources === null ? 'everything' : `${resources} resources`}`)
}

function refused(name: Command['name'], { model }: Context): boolean {
  if (!model.options.readOnly || !['act', 'ssh', 'poll'].includes(name)) return false
  model.say('bad', 'This console is read-only')
  return true
}

/** Carries out what was typed after `:`. */
export function runCommand(command: Command, context: Context): void {
  const { model, deeds } = context
  if (refused(command.name, context)) return
  switch (command.name) {
    case 'view':
      if (command.filter !== null) model.list(command.view, { filter: command.filter })
      model.apply({ type: 'jump', place: { view: command.view } })
      return
    case 'show':
    case 'act': {
      const word = command.resource
      const found = word === null ? null : findResource(word, model.deps.data.resources)
      if (found !== null && 'problem' in found) {
        // `:rebuild because it hangs`: the words are no resource, but something is selected? Never guess what to hit.
        model.say('bad', found.problem)
        return
      }
      if (command.name === 'act') {
        const ids = found === null ? context.targets() : [found.id]
        deeds.ask({ action: command.action, target: { kind: 'resource', ids }, reason: command.reason })
      } else if (found !== null) model.apply({ type: 'go', place: { view: 'detail', id: found.id, tab: 'summary' } })
      return
    }
    case 'tenant':
      if (command.action !== 'show' && model.options.readOnly) model.say('bad', 'This console is read-only')
      else onTenant(command, context)
      return
    case 'global': {
      const mark = model.deps.data.debug?.global ?? null
      if (command.action === 'status') {
        model.say(
          null,
          mark === null
            ? 'The cluster is managed'
            : `Global debug mode since ${mark.since} by ${mark.by ?? 'somebody'}: ${mark.reason ?? 'no reason given'}`,
        )
      } else if (model.options.readOnly) model.say('bad', 'This console is read-only')
      else deeds.ask({ action: command.action, target: { kind: 'global', ids: [] }, reason: command.reason })
      return
    }
    case 'ssh':
      deeds.ssh(command.resource)
      return
    case 'poll':
      model.background(poll(context))
      return
    case 'filter':
      model.list(context.view ?? 'resources', { filter: command.text })
      return
    case 'sort':
      arrange(command.by, context)
      return
    case 'columns':
      choose(command.columns, context)
      return
    case 'theme': {
      const name = THEME_NAMES.find((known) => known === command.theme)
      if (name === undefined) model.say('bad', `there is no theme "${command.theme}": ${THEME_NAMES.join(', ')}`)
      else model.setTheme(name satisfies ThemeName)
      return
    }
    case 'reload':
      deeds.do('reload')
      return
    case 'help':
      deeds.do('help')
      return
    case 'quit':
      deeds.do('quit')
      return
    default:
      assertNever(command)
  }
}
