import { z } from 'zod'

/** How a simulated appliance, or Nova's boot of it, misbehaves. What is absent is as usual. */
export const applianceFaultSchema = z.strictObject({
  /** Milliseconds from Nova's accept to the appliance's first answer. */
  bootTimeMs: z.number().min(0).optional(),
  /** `never`: ACTIVE in Nova, but nothing ever listens; `error`: Nova ends in ERROR. */
  boot: z.enum(['normal', 'never', 'error']).optional(),
  /** `refuse`: dead, connections are refused; `hang`: connections are accepted and never answered. */
  alive: z.enum(['ok', 'refuse', 'hang']).optional(),
  /** `reject`: a PUT of configuration is answered 422; `fail`: 500. */
  config: z.enum(['ok', 'reject', 'fail']).optional(),
  /** Every answer waits this long. */
  delayMs: z.number().min(0).optional(),
  /** Milliseconds until a hot-plugged interface shows up. */
  hotplugMs: z.number().min(0).optional(),
})
export type ApplianceFault = z.infer<typeof applianceFaultSchema>

/** Faults set for all instances and for some. */
export class ApplianceFaults {
  #everywhere: ApplianceFault = {}
  readonly #selected = new Map<string, ApplianceFault>()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Merges `fault` into what holds for every instance. */
  setAll(fault: ApplianceFault): void {
    this.#everywhere = { ...this.#everywhere, ...fault }
    this.#onChange()
  }

  /**
   * Merges `fault` into what holds for the instances that `selector` names: a server's id, its name, or a part of its name (a router's
   * id selects all instances of that router, those to come included).
   */
  set(selector: string, fault: ApplianceFault): void {
    this.#selected.set(selector, { ...this.#selected.get(selector), ...fault })
    this.#onChange()
  }

  /** Ends the faults of one selector, or all. */
  clear(selector?: string): void {
    if (selector === undefined) {
      this.#everywhere = {}
      this.#selected.clear()
    } else {
      this.#selected.delete(selector)
    }
    this.#onChange()
  }

  /** What holds for one instance now; the more particular wins. */
  of(server: { readonly id: string; readonly name: string }): ApplianceFault {
    if (this.#selected.size === 0) return this.#everywhere
    let fault = this.#everywhere
    for (const [selector, selected] of this.#selected) {
      if (server.id === selector || server.name.includes(selector)) fault = { ...fault, ...selected }
    }
    return fault
  }

  list(): { readonly all: ApplianceFault; readonly instances: Readonly<Record<string, ApplianceFault>> } {
    return { all: this.#everywhere, instances: Object.fromEntries(this.#selected) }
  }
}
