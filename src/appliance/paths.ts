import { join } from 'node:path'

/** Every file that the agent and its daemons use. Nothing is written elsewhere, but for host name and hosts where that is asked for. */
export interface AppliancePaths {
  readonly stateDir: string
  readonly runDir: string
  /** The last good configuration, as it was pushed. */
  readonly configuration: string
  /** Generic name → MAC. */
  readonly names: string
  /** A number of this machine alone, so that what is made of a secret tells nothing about it elsewhere. */
  readonly salt: string
  /** What was last put into the kernel, as digests. */
  readonly applied: string
  readonly metadata: string
  readonly dnsmasq: { readonly main: string; readonly hosts: string; readonly options: string; readonly pid: string }
  readonly bird: { readonly main: string; readonly control: string; readonly pid: string }
  readonly keepalived: { readonly main: string; readonly pid: string; readonly vrrpPid: string }
  readonly nginx: { readonly main: string; readonly pid: string; readonly body: string; readonly proxy: string }
  readonly charon: { readonly settings: string; readonly tunnels: string; readonly socket: string }
  readonly conntrackd: { readonly main: string; readonly lock: string; readonly socket: string }
}

/** The layout below a state folder (kept over reboots) and a run folder (of this boot). */
export function appliancePaths(stateDir: string, runDir: string): AppliancePaths {
  const run = (name: string): string => join(runDir, name)
  return {
    stateDir,
    runDir,
    configuration: join(stateDir, 'configuration.json'),
    names: join(stateDir, 'interfaces.json'),
    salt: join(stateDir, 'salt'),
    applied: run('applied.json'),
    metadata: run('metadata.json'),
    dnsmasq: {
      main: run('dnsmasq.conf'),
      hosts: run('dnsmasq.hosts'),
      options: run('dnsmasq.options'),
      pid: run('dnsmasq.pid'),
    },
    bird: { main: run('bird.conf'), control: run('bird.ctl'), pid: run('bird.pid') },
    keepalived: { main: run('keepalived.conf'), pid: run('keepalived.pid'), vrrpPid: run('vrrp.pid') },
    nginx: {
      main: run('nginx.conf'),
      pid: run('nginx.pid'),
      body: run('nginx-body'),
      proxy: run('nginx-proxy'),
    },
    charon: { settings: run('strongswan.conf'), tunnels: run('swanctl.conf'), socket: run('charon.vici') },
    conntrackd: { main: run('conntrackd.conf'), lock: run('conntrackd.lock'), socket: run('conntrackd.sock') },
  }
}
