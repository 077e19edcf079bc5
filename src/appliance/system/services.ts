import type { Tool } from './commands.ts'

/** The daemons that work for the appliance. */
export type ServiceName = 'conntrackd' | 'keepalived' | 'dnsmasq' | 'bird' | 'nginx' | 'charon'

/** One file of a daemon, and what it takes for the daemon to notice a change of it. */
interface ServiceFile {
  readonly path: string
  readonly text: string
  readonly takes: 'restart' | 'reload'
  /** 0o644 unless said otherwise; a file with secrets is root's alone. */
  readonly mode?: number
}

/** What swanctl gives to a running charon, through which socket. */
export interface TunnelLoad {
  readonly file: string
  readonly socket: string
  readonly settings: string
  /** Names of all connections in the file: tunnels of others are ended. */
  readonly names: readonly string[]
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
  /** A reload shows by new worker processes of the one in `ready`, its pid file. */
  readonly workers?: boolean
  /** Environment of the daemon besides the usual one. */
  readonly environment?: Readonly<Record<string, string>>
  /** The daemon is given its configuration by swanctl, at start and at every reload; it does not read it itself. */
  readonly tunnels?: TunnelLoad
}

/** Starts and stops daemons: children of the agent, or units of systemd. Every method returns when it is done or throws. */
export interface Services {
  running(name: ServiceName): Promise<boolean>
  start(spec: ServiceSpec): Promise<void>
  /** The daemon reads its files again: by SIGHUP, or what stands for it. @throws when it did not take them, where it says so. */
  reload(spec: ServiceSpec): Promise<void>
  restart(spec: ServiceSpec): Promise<void>
  stop(name: ServiceName): Promise<void>
  /** Asks a tool whether it would take a file. Null when it would, else what it said. */
  check(name: ServiceName, text: string): Promise<string | null>
  /** Sends conntrackd its commands after a change of mastership. */
  syncConnections(becomes: 'master' | 'backup'): Promise<void>
}
