import { hasStatus, type OpenStack } from '../openstack/index.ts'
import { AstaraError, type Clock, messageOf } from '../shared/index.ts'

/** A rebuild of many with one image costs one question. */
const GOOD_FOR_MS = 30_000
/** Somebody waits for this before their rebuild is taken. */
const TIME_MS = 10_000

export interface ImageCheckDeps {
  readonly glance: Pick<OpenStack['glance'], 'getImage'>
  readonly clock: Clock
}

/**
 * Looks an image up in Glance before something is rebuilt with it: an instance is deleted first and booted after, so a mistyped id would cost
 * a router. Asked here rather than where the command was typed, because the orchestrator has the credentials that will boot the instance:
 * what it may see is what it can boot.
 *
 * The function throws AstaraError `bad_request` (there is no such image, or it is not active) and `unavailable` (Glance cannot tell).
 */
export function imageCheck({ glance, clock }: ImageCheckDeps): (id: string) => Promise<void> {
  const good = new Map<string, number>()
  return async (id) => {
    const until = good.get(id)
    if (until !== undefined && clock.monotonic() < until) return
    good.delete(id)
    const image = await glance.getImage(id, { timeoutMs: TIME_MS }).catch((cause: unknown) => {
      if (hasStatus(cause, 404)) throw new AstaraError('bad_request', `there is no image ${id} in Glance`, { cause })
      throw new AstaraError('unavailable', `image ${id} cannot be looked up in Glance: ${messageOf(cause)}`, { cause })
    })
    if (image.status !== 'active') throw new AstaraError('bad_request', `image ${id} is ${image.status}, not active`)
    good.set(id, clock.monotonic() + GOOD_FOR_MS)
  }
}
