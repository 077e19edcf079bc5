import { resolveResource } from '../../client/index.ts'
import type { ConfigAnswer, DriverName } from '../../contract/index.ts'
import { toYaml } from '../json.ts'
import { type OutputOptions, printList, tableOf } from '../output.ts'
import { changeColumns } from '../timeline-columns.ts'
import { callOf, type Work } from './context.ts'

export interface ShowConfigOptions {
  readonly text: string
  readonly driver: DriverName | null
  /** Only how it differs from the one before. */
  readonly changes: boolean
  readonly output: OutputOptions
}

/** Prints the configuration that a resource's appliance accepted last, and how it differs from the one before. */
export async function showConfig(work: Work & ShowConfigOptions): Promise<ConfigAnswer> {
  const { io, client, text, driver, output } = work
  const ask = async (): Promise<ConfigAnswer> => {
    const { id } = await resolveResource(client, text, { ...callOf(work), ...(driver === null ? {} : { driver }) })
    return await client.config(id, callOf(work))
  }
  const answer = await io.busy('Asking for the configuration', ask())
  if (output.format !== 'table' && output.format !== 'wide') {
    await printList(io, changeColumns, answer.changes, output, (changes) => ({ ...answer, changes }))
    return answer
  }
  if (answer.config === null) {
    io.note('Its appliance has not accepted a configuration yet.')
    return answer
  }
  if (!work.changes) io.print(await toYaml(answer.config))
  const count = answer.changes.length
  io.note(`${answer.fingerprint ?? ''} accepted at ${answer.configured_at ?? '?'}, ${count} changes to the one before`)
  if (count > 0)
    io.print(`${work.changes ? '' : '\n'}${await tableOf(changeColumns.columns, answer.changes, output.headers, io)}`)
  return answer
}
