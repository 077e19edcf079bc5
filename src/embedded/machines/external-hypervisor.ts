import type { Clock } from '../../shared/index.ts'
import type { BootProgress, Hypervisor } from '../compute/hypervisor.ts'
import type { Server } from '../compute/model.ts'

/** Hooks of a load generator that plays the appliances itself. */
export interface ExternalAppliances {
  /** Nova accepted a server: bring its appliance up. The number is that of its router in order of creation, null when it has none. */
  readonly onBoot?: (
    routerIndex: number | null,
    server: { readonly id: string; readonly name: string },
  ) => void | Promise<void>
  /** Nova deletes a server. */
  readonly onDelete?: (
    routerIndex: number | null,
    server: { readonly id: string; readonly name: string },
  ) => void | Promise<void>
}

/** Servers that something outside the cloud plays: Nova only keeps their states. */
export class ExternalHypervisor implements Hypervisor {
  readonly #hooks: ExternalAppliances
  readonly #routerIndexOf: (server: Server) => number | null
  readonly #clock: Clock
  readonly #activeMs: number

  constructor(deps: {
    readonly hooks: ExternalAppliances
    readonly routerIndexOf: (server: Server) => number | null
    readonly clock: Clock
    /** Milliseconds from BUILD to ACTIVE. */
    readonly activeMs: number
  }) {
    this.#hooks = deps.hooks
    this.#routerIndexOf = deps.routerIndexOf
    this.#clock = deps.clock
    this.#activeMs = deps.activeMs
  }

  async boot(server: Server, signal: AbortSignal, progress: BootProgress): Promise<void> {
    await this.#hooks.onBoot?.(this.#routerIndexOf(server), server)
    progress.spawning()
    await this.#clock.sleep(this.#activeMs, signal)
    progress.active()
  }

  interfacesChanged(): void {
    // The one who plays the appliance shows the interfaces it likes.
  }

  async destroy(server: Server): Promise<void> {
    await this.#hooks.onDelete?.(this.#routerIndexOf(server), server)
  }

  async setPower(): Promise<void> {
    // As above.
  }

  async close(): Promise<void> {
    // Nothing is held here.
  }
}
