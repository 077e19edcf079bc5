import { announceSkip, prepareTools } from '../../appliance/support/tools.ts'

/** Why the tests of this file cannot run, said loudly; null: they can. */
export function reasonToSkip(): string | null {
  const reason = prepareTools()
  if (reason !== null) announceSkip(reason)
  return reason
}
