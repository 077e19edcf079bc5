import type { Server } from './model.ts'

/** What runs the servers: simulated appliances, or something outside the cloud. Nova tells it; it decides nothing about the API. */
export interface Hypervisor {
  /** A server was accepted. Resolves with what becomes of it; rejects when `signal` aborts (the server was deleted meanwhile). */
  boot(server: Server, signal: AbortSignal, progress: BootProgress): Promise<void>
  /** A port was attached to, or detached from, a running server. */
  interfacesChanged(server: Server): void
  /** Stops the machine; what it listened on is free when this resolves. */
  destroy(server: Server): Promise<void>
  /** Powers a machine off or on. */
  setPower(server: Server, on: boolean): Promise<void>
  close(): Promise<void>
}

/** What a boot reports back to Nova on its way. */
export interface BootProgress {
  /** Nova picked the host and binds the ports. */
  spawning(): void
  /** The machine runs: ACTIVE. */
  active(): void
  /** It could not be started: ERROR. */
  failed(message: string): void
}
