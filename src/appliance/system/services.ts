import type { Tool } from './commands.ts'

/** The daemons that work for the appliance. */
export type ServiceName = 'conntrackd' | 'keepalived' | 'dnsmasq' | 'bird' | 'nginx'

/** One file of a daemon, and what it takes for the daemon to notice a change of it. */
interface ServiceFile {
  readonly path: string
  readonly text: string
  readonly takes: 'restart' | 'reload'
}

/** How a daemon is run. */
export interface ServiceSpec {
  readonly name: ServiceName
  readonly tool: Tool
  /** Arguments that keep it in the foreground. */
  readonly args: readonly string[]
  readonly files: readonly ServiceFile[]
  /** A file that is there once the daemon works. */
  readonly ready: string
}

/** Starts and stops daemons: children of the agent, or units of systemd. Every method returns when it is done or throws. */
export interface Services {
  running(name: ServiceName): Promise<boolean>
  start(spec: ServiceSpec): Promise<void>
  /** SIGHUP: the daemon reads its files again. */
  reload(spec: ServiceSpec): Promise<void>
  restart(spec: ServiceSpec): Promise<void>
  stop(name: ServiceName): Promise<void>
  /** Asks a tool whether it would take a file. Null when it would, else what it said. */
  check(name: ServiceName, text: string): Promise<string | null>
  /** Sends conntrackd its commands after a change of mastership. */
  syncConnections(becomes: 'master' | 'backup'): Promise<void>
}
