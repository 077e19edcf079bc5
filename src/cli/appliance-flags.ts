import { boolean, integer, string } from '@oclif/core/flags'

/** Where an appliance agent keeps its things; of `appliance serve` and `appliance plan`. */
export const applianceFlags = {
  listen: string({
    summary: 'Management address of this machine: the only one on which the API is offered.',
    env: 'ASTARA_APPLIANCE_LISTEN',
    required: true,
    helpValue: 'ADDRESS',
  }),
  port: integer({ summary: 'Port of the API.', default: 5000, min: 1, max: 65_535, helpValue: 'PORT' }),
  'state-dir': string({
    summary: 'Folder that is kept over reboots: the last good configuration, interface names.',
    default: '/var/lib/astara-appliance',
    helpValue: 'DIR',
  }),
  'run-dir': string({
    summary: "Folder of this boot: the daemons' files and sockets.",
    default: '/run/astara-appliance',
    helpValue: 'DIR',
  }),
  supervise: boolean({
    summary: 'Run the daemons as children of the agent instead of as units of systemd.',
    default: false,
  }),
  identity: boolean({
    summary: 'Set the host name and write /etc/hostname and /etc/hosts.',
    default: true,
    allowNo: true,
  }),
  'resolv-conf': string({
    summary: 'File with the name servers that machines on the tenant networks may ask through us.',
    default: '/etc/resolv.conf',
    helpValue: 'FILE',
  }),
  'dnsmasq-user': string({
    summary: 'Account to which dnsmasq drops its privileges.',
    default: 'nobody',
    helpValue: 'NAME',
  }),
  ipsec: string({
    summary: 'Who encrypts the packets of VPN connections: the kernel, or charon where the kernel has no ESP.',
    options: ['kernel', 'userspace'],
    default: 'kernel',
  }),
  'log-level': string({
    summary: 'How much is logged.',
    options: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    helpValue: 'LEVEL',
  }),
  'log-json': boolean({ summary: 'Log JSON lines instead of plain ones.', default: false }),
}

/** Values of `applianceFlags`. */
export interface ApplianceFlags {
  readonly listen: string
  readonly port: number
  readonly 'state-dir': string
  readonly 'run-dir': string
  readonly supervise: boolean
  readonly identity: boolean
  readonly 'resolv-conf': string
  readonly 'dnsmasq-user': string
  readonly ipsec: string
}

/** The place that the flags name. */
export function appliancePlace(flags: ApplianceFlags) {
  return {
    listen: flags.listen,
    port: flags.port,
    stateDir: flags['state-dir'],
    runDir: flags['run-dir'],
    supervise: flags.supervise,
    identity: flags.identity,
    resolvConf: flags['resolv-conf'],
    dnsmasqUser: flags['dnsmasq-user'],
    ipsec: flags.ipsec === 'userspace' ? ('userspace' as const) : ('kernel' as const),
  }
}

/** `--log-level` as the logger wants it. */
export const logLevel = (flags: { readonly 'log-level': string }) =>
  flags['log-level'] as 'debug' | 'info' | 'warn' | 'error'
