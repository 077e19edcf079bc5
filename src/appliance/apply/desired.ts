import type { Model } from '../model/index.ts'
import type { Family } from '../net/ip.ts'
import type { AppliancePaths } from '../paths.ts'
import { renderBird } from '../render/bird.ts'
import { renderConntrackd } from '../render/conntrackd.ts'
import { type DnsmasqFiles, leaseOwners, renderDnsmasq } from '../render/dnsmasq.ts'
import { renderFirewall } from '../render/firewall/index.ts'
import { renderHosts } from '../render/hosts.ts'
import { renderKeepalived } from '../render/keepalived.ts'
import { type MetadataConfig, renderMetadata } from '../render/metadata.ts'
import { renderNginx } from '../render/nginx.ts'
import { connectionName, type IpsecMode, renderCharon, renderSwanctl } from '../render/vpn/index.ts'
import { charonEnvironment } from '../system/charon.ts'
import type { ServiceName, ServiceSpec } from '../system/services.ts'

/** What this node is in its pair. A node without a pair is always `single`. */
export type Role = 'single' | 'master' | 'backup'

/** What is the same for every configuration of this appliance. */
export interface ApplianceSettings {
  readonly paths: AppliancePaths
  readonly apiPort: number
  /** Who makes ESP. */
  readonly ipsec: IpsecMode
  /** Name servers that dnsmasq asks. */
  readonly resolvConf: string
  /** Account to which dnsmasq drops its privileges. */
  readonly dnsmasqUser: string
  /** Whether host name and /etc/hosts are ours to write. */
  readonly identity: { readonly hostname: string; readonly hosts: string } | null
}

/** Everything that a configuration asks of the machine, as text and data. Nothing in it depends on what the machine is now. */
export interface Desired {
  readonly model: Model
  readonly role: Role
  readonly firewall: Readonly<Record<Family, string>>
  /** Wanted daemons; a null is to be stopped. */
  readonly services: ReadonlyMap<ServiceName, ServiceSpec | null>
  /** Text for the daemons' own checkers. */
  readonly checks: ReadonlyMap<ServiceName, string>
  readonly metadata: MetadataConfig
  readonly leaseOwners: ReadonlyMap<string, string>
  readonly hosts: string | null
}

function dnsmasqSpec(files: DnsmasqFiles, settings: ApplianceSettings): ServiceSpec {
  const { dnsmasq } = settings.paths
  return {
    name: 'dnsmasq',
    tool: 'dnsmasq',
    args: ['--keep-in-foreground', '--log-facility=-', `--user=${settings.dnsmasqUser}`, `--conf-file=${dnsmasq.main}`],
    // The main file comes last: it names the others.
    files: [
      { path: dnsmasq.hosts, text: files.hosts, takes: 'reload' },
      { path: dnsmasq.options, text: files.options, takes: 'reload' },
      { path: dnsmasq.main, text: files.main, takes: 'restart' },
    ],
    ready: dnsmasq.pid,
  }
}

function charonSpec(tunnels: string, names: readonly string[], settings: ApplianceSettings): ServiceSpec {
  const { charon } = settings.paths
  return {
    name: 'charon',
    tool: 'charon-systemd',
    args: [],
    environment: charonEnvironment(charon.settings),
    files: [
      { path: charon.settings, text: renderCharon(settings.ipsec, charon.socket), takes: 'restart' },
      { path: charon.tunnels, text: tunnels, takes: 'reload', mode: 0o600 },
    ],
    ready: charon.socket,
    tunnels: {
      file: charon.tunnels,
      socket: charon.socket,
      settings: charon.settings,
      names,
    },
  }
}

/**
 * Renders a model. A backup serves nobody: two that advertise or answer DHCP would fight. `salt` is a number of this machine, for names
 * that follow from secrets.
 */
export function desiredState(model: Model, role: Role, settings: ApplianceSettings, salt: string): Desired {
  const { paths } = settings
  const serves = role !== 'backup'
  const dnsmasq = renderDnsmasq(model, { ...paths.dnsmasq, resolv: settings.resolvConf })
  const bird = renderBird(model)
  const keepalived = renderKeepalived(model)
  const nginx = renderNginx(model, paths.nginx)
  const swanctl = renderSwanctl(model, settings.ipsec, salt)
  const names = model.tunnels.map((tunnel) => connectionName(tunnel, salt))
  const conntrackd = renderConntrackd(model, paths.conntrackd)
  const services = new Map<ServiceName, ServiceSpec | null>([
    [
      'conntrackd',
      conntrackd === null
        ? null
        : {
            name: 'conntrackd',
            tool: 'conntrackd',
            args: ['-C', paths.conntrackd.main],
            files: [{ path: paths.conntrackd.main, text: conntrackd, takes: 'restart' }],
            ready: paths.conntrackd.socket,
          },
    ],
    [
      'keepalived',
      keepalived === null
        ? null
        : {
            name: 'keepalived',
            tool: 'keepalived',
            args: [
              ...['--dont-fork', '--log-console', '--vrrp', `--use-file=${paths.keepalived.main}`],
              ...[`--pid=${paths.keepalived.pid}`, `--vrrp_pid=${paths.keepalived.vrrpPid}`],
            ],
            files: [{ path: paths.keepalived.main, text: keepalived, takes: 'reload' }],
            ready: paths.keepalived.vrrpPid,
          },
    ],
    ['dnsmasq', dnsmasq && serves ? dnsmasqSpec(dnsmasq, settings) : null],
    [
      'bird',
      bird === null || !serves
        ? null
        : {
            name: 'bird',
            tool: 'bird',
            args: ['-f', '-c', paths.bird.main, '-s', paths.bird.control, '-P', paths.bird.pid],
            files: [{ path: paths.bird.main, text: bird, takes: 'reload' }],
            ready: paths.bird.control,
          },
    ],
    [
      'nginx',
      nginx === null || !serves
        ? null
        : {
            name: 'nginx',
            tool: 'nginx',
            args: ['-e', 'stderr', '-c', paths.nginx.main],
            // A reload starts new workers and lets the old ones finish what they have.
            files: [{ path: paths.nginx.main, text: nginx.main, takes: 'reload' }],
            ready: paths.nginx.pid,
            workers: true,
          },
    ],
    ['charon', swanctl === null || !serves ? null : charonSpec(swanctl.main, names, settings)],
  ])
  const checks = new Map<ServiceName, string>()
  if (dnsmasq) checks.set('dnsmasq', dnsmasq.test)
  if (bird !== null) checks.set('bird', bird)
  if (keepalived !== null) checks.set('keepalived', keepalived)
  // It has no checker, but may not be installed.
  if (conntrackd !== null) checks.set('conntrackd', conntrackd)
  if (nginx) checks.set('nginx', nginx.test)
  if (swanctl) checks.set('charon', swanctl.test)
  const metadata = renderMetadata(model)
  return {
    model,
    role,
    firewall: {
      4: renderFirewall(model, 4, settings),
      6: renderFirewall(model, 6, settings),
    },
    services,
    checks,
    metadata: serves ? metadata : { ...metadata, listeners: [] },
    leaseOwners: leaseOwners(model),
    hosts: renderHosts(model),
  }
}
