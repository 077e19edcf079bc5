import { failed, ok, skipped, warning } from '../lines.ts'
import type { Check } from '../types.ts'
import { SERVICES } from './services.ts'

/** More may be an answer that took its time. */
const WARN_MS = 5_000
/** Neutron takes an agent for dead whose reports seem to be 75 seconds old. */
const FAIL_MS = 60_000

/** The clocks of the services agree with ours. */
export const clocks: Check = {
  name: 'clock',
  async run({ openstack, signal }) {
    const asked = await Promise.allSettled(
      SERVICES.map(async (service) => ({
        service,
        aheadMs: (await openstack.root(service, { signal })).aheadMs,
      })),
    )
    const read = asked.flatMap((one) =>
      one.status === 'fulfilled' && one.value.aheadMs !== null
        ? [{ service: one.value.service, aheadMs: one.value.aheadMs }]
        : [],
    )
    const worst = read.toSorted((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs))[0]
    if (worst === undefined) return [skipped('clock', 'not looked at: no service said what time it is')]
    const seconds = Math.round(Math.abs(worst.aheadMs) / 1_000)
    const found = `${worst.service}'s clock is ${seconds} s ${worst.aheadMs > 0 ? 'ahead of' : 'behind'} this machine's`
    const advice = 'Set both by NTP: chronyc tracking, timedatectl'
    if (Math.abs(worst.aheadMs) >= FAIL_MS) return [failed('clock', found, advice)]
    if (Math.abs(worst.aheadMs) >= WARN_MS) return [warning('clock', found, advice)]
    return [ok('clock', `within ${Math.max(1, seconds)} s of ${read.length} services`)]
  },
}
