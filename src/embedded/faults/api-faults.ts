import { z } from 'zod'
import type { ServiceName } from '../http/types.ts'

/** A fault of the cloud's own APIs. */
export const apiFaultSchema = z.strictObject({
  service: z.enum(['keystone', 'neutron', 'nova', 'glance']),
  /** Only this method; all when absent. */
  method: z.string().optional(),
  /** Only this path template (`/v2.0/ports/{id}`); all when absent. */
  path: z.string().optional(),
  /** `status`: answer with `status`; `hang`: never answer; `drop`: close the connection; `slow`: answer as usual after `delayMs`. */
  mode: z.enum(['status', 'hang', 'drop', 'slow']),
  status: z.int().min(400).max(599).optional(),
  message: z.string().optional(),
  delayMs: z.number().min(0).optional(),
  /** How many requests it hits; for ever when absent. */
  times: z.int().min(1).optional(),
})
export type ApiFault = z.infer<typeof apiFaultSchema>

/** The faults of the APIs that are on now. First match wins. */
export class ApiFaults {
  #rules: { readonly fault: ApiFault; left: number }[] = []

  add(fault: ApiFault): void {
    this.#rules.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY })
  }

  clear(): void {
    this.#rules = []
  }

  list(): readonly ApiFault[] {
    return this.#rules.map(({ fault, left }) => (Number.isFinite(left) ? { ...fault, times: left } : fault))
  }

  /** The fault that hits this request, counted down; null for none. */
  take(service: ServiceName, method: string, path: string): ApiFault | null {
    const rule = this.#rules.find(
      ({ fault }) =>
        fault.service === service &&
        (fault.method === undefined || fault.method === method) &&
        (fault.path === undefined || fault.path === path),
    )
    if (!rule) return null
    rule.left -= 1
    if (rule.left <= 0) this.#rules = this.#rules.filter((other) => other !== rule)
    return rule.fault
  }
}
