import type { ReloadAnswer } from '../../contract/index.ts'
import { toJson } from '../json.ts'
import { callOf, type Work } from './context.ts'

/** Makes the orchestrator read its files again, and says what that changed. */
export async function reloadConfig(
  work: Work & { readonly json: boolean },
): Promise<ReloadAnswer | { readonly accepted: true }> {
  const { io, client, json } = work
  const answer = await io.busy('Asking', client.reloadConfig(callOf(work)))
  const result = answer ?? ({ accepted: true } as const)
  if (json) io.print(toJson(result))
  else if (answer === null) io.print('Asked: every orchestrator reads its files again.\n')
  else {
    io.print(
      answer.changed.length === 0 ? 'Read again: nothing changed.\n' : `In force now: ${answer.changed.join(', ')}\n`,
    )
    if (answer.restart_needed.length > 0) {
      io.note(`Changed, but in force only after a restart: ${answer.restart_needed.join(', ')}`)
    }
  }
  return result
}
