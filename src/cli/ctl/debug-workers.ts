import type { WorkerList } from '../../contract/index.ts'
import { toJson } from '../json.ts'
import { type OutputOptions, printList, tableOf } from '../output.ts'
import { type RunningPass, runningColumns, workerColumns } from '../worker-columns.ts'
import { callOf, type Work } from './context.ts'

/** The workers; over AMQP only that the question was sent. */
export type DebugResult = WorkerList | { readonly accepted: true }

/** Prints the worker processes and, for people, what they are working on. */
export async function debugWorkers(work: Work & { readonly output: OutputOptions }): Promise<DebugResult> {
  const { io, client, output } = work
  const list = await io.busy('Asking for the workers', client.workers(callOf(work)))
  if (list === null) {
    const accepted = { accepted: true } as const
    io.print(output.format === 'json' ? toJson(accepted) : 'Asked: every orchestrator writes its workers to its log.\n')
    return accepted
  }
  await printList(io, workerColumns, list.workers, output, (workers) => ({ ...list, workers }))
  const isForPeople = (output.format === 'table' || output.format === 'wide') && output.columns === null
  const running: RunningPass[] = list.workers.flatMap(({ name, running }) =>
    running.map((pass) => ({ worker: name, ...pass })),
  )
  if (isForPeople && running.length > 0) {
    io.print(`\n${await tableOf(runningColumns.columns, running, output.headers, io)}`)
  }
  return list
}
