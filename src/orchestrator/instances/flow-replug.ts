import { messageOf } from '../../shared/index.ts'
import { FreePorts } from './create.ts'
import { InstanceError } from './errors.ts'
import { look, takeHandover } from './flow-look.ts'
import { lookAtPorts } from './look.ts'
import { plugDifference, replugMember, wantedNetworks } from './plug.ts'
import { findOwnPorts } from './ports.ts'
import type { Scope } from './scope.ts'
import type { PassContext } from './types.ts'
import { waitForHotplug } from './waits.ts'

/** Plugs and unplugs live instances until each has one port on every network of the resource. Does not wait for the appliance to notice. */
export async function replug(scope: Scope, context: PassContext): Promise<void> {
  const { record, group, deps } = scope
  const handed = takeHandover(scope)
  const detail = handed ?? (await look(scope, context))
  record.freshUntil = null
  if (detail === null) {
    record.state = 'gone'
    return
  }
  if (!handed) await lookAtPorts(scope, context)
  if (group.live.length === 0) {
    record.state = group.present.length === 0 ? 'down' : 'restart'
    return
  }
  const wanted = wantedNetworks(detail)
  const changing = group.live.filter((member) => {
    const { missing, extra } = plugDifference(member, wanted)
    return missing.length > 0 || extra.length > 0
  })
  record.state = 'replug'
  if (changing.length === 0) return
  const free = new FreePorts(await findOwnPorts(scope, context), group.portIds())
  const errors: unknown[] = []
  for (const member of changing) {
    try {
      await replugMember(scope, context, member, wanted, free.take)
      member.plugFailures = 0
      member.laggingSince = deps.clock.monotonic()
    } catch (error) {
      context.signal.throwIfAborted()
      errors.push(error)
      member.plugFailures += 1
      // One refusal of Nova is not the instance's fault; several in a row are at least its bad luck.
      if (member.plugFailures >= deps.settings.maxRetries) member.condemned = 'cannot be plugged into its networks'
    }
  }
  if (group.live.length === 0) {
    record.state = 'restart'
    record.lastError = { code: 'replug_failed', message: messageOf(errors[0]), at: deps.clock.now() }
    return
  }
  if (errors.length > 0) {
    if (changing.some((member) => member.condemned !== null)) record.state = 'degraded'
    throw new InstanceError('replug_failed', messageOf(errors[0]), { cause: errors[0] })
  }
  waitForHotplug(scope)
}
