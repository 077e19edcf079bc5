import type { DebugState } from '../../contract/index.ts'
import { confirm } from '../confirm.ts'
import { type DebugRow, debugColumns } from '../debug-columns.ts'
import { toJson } from '../json.ts'
import { type OutputOptions, printList } from '../output.ts'
import { callOf, needsNoQuestion, type Work } from './context.ts'

/** Every debug mode as a row, the widest first. */
function rowsOf({ global, tenants, resources }: DebugState): readonly DebugRow[] {
  return [
    ...(global === null ? [] : [{ scope: 'global' as const, id: null, ...mark(global) }]),
    ...tenants.map((one) => ({ scope: 'tenant' as const, id: one.tenant_id, ...mark(one.mark) })),
    ...resources.map((one) => ({ scope: 'resource' as const, id: one.resource_id, ...mark(one.mark) })),
  ]
}

const mark = ({ reason, since, by }: NonNullable<DebugState['global']>) => ({ reason, since, by })

/** Prints every debug mode in force. */
export async function debugStatus(work: Work & { readonly output: OutputOptions }): Promise<DebugState> {
  const { io, client, output } = work
  const state = await io.busy('Asking', client.debug(callOf(work)))
  const document = (rows: readonly unknown[]): unknown => (output.columns === null ? state : { debug: rows })
  await printList(io, debugColumns, rowsOf(state), output, document)
  return state
}

export interface GlobalDebugOptions {
  readonly enabled: boolean
  readonly reason?: string | undefined
  readonly yes: boolean
  readonly json: boolean
}

/** Turns debug mode for everything on or off. On asks first: nothing is looked after any more. */
export async function debugGlobal(
  work: Work,
  { enabled, reason, yes, json }: GlobalDebugOptions,
): Promise<DebugState | { readonly accepted: true }> {
  const { io, client, signal } = work
  if (enabled) {
    await confirm(io, {
      deed: `Put all of ${client.target} into debug mode, so that nothing is looked after`,
      yes: needsNoQuestion(work, yes, undefined),
      signal,
    })
  }
  const order = { enabled, ...(reason === undefined ? {} : { reason }) }
  const state = await io.busy('Asking', client.setDebug({ scope: 'global' }, order, callOf(work)))
  const result = state ?? ({ accepted: true } as const)
  io.print(json ? toJson(result) : `Debug mode for everything is ${enabled ? 'on' : 'off'}.\n`)
  return result
}
