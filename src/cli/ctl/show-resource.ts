import { resolveResource } from '../../client/index.ts'
import type { DriverName, Resource } from '../../contract/index.ts'
import { type OutputOptions, printOne, tableOf } from '../output.ts'
import { instanceColumns, resourceColumns } from '../resource-columns.ts'
import { callOf, type Work } from './context.ts'

/** Prints all that is known of one resource, found by id, beginning of an id, or name. */
export async function showResource(
  work: Work & { readonly text: string; readonly driver: DriverName | null; readonly output: OutputOptions },
): Promise<{ readonly resource: Resource }> {
  const { io, client, text, driver, output } = work
  const options = { ...callOf(work), ...(driver === null ? {} : { driver }) }
  const resource = await io.busy('Asking for the resource', resolveResource(client, text, options))
  await printOne(io, resourceColumns, resource, output, (one) => ({ resource: one }))
  const isForPeople = (output.format === 'table' || output.format === 'wide') && output.columns === null
  if (isForPeople && resource.instances.length > 0) {
    io.print(`\n${await tableOf(instanceColumns.columns, resource.instances, output.headers, io)}`)
  }
  return { resource }
}
