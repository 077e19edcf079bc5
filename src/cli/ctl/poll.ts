import type { ManyTaken } from '../../client/index.ts'
import { toJson } from '../json.ts'
import { callOf, type Work } from './context.ts'

/** Asks for a health check of everything, now. */
export async function poll(work: Work & { readonly json: boolean }): Promise<ManyTaken> {
  const { io, client, json } = work
  const taken = await io.busy('Asking for a health check', client.poll(callOf(work)))
  const whom = taken.resources === null ? 'every resource' : `${taken.resources} resource(s)`
  io.print(json ? toJson(taken) : `Health check of ${whom} asked for.\n`)
  return taken
}
