/**
 * Names of everything the data plane makes. Network namespaces are `astara-<pid>-<what>`; devices outside of them, which the kernel allows
 * 15 characters, are `astara-m<pid>` and `astara-x<pid>` with the process id in seven decimal digits. So what a dead process left behind is
 * known by its name; and no name that a person would choose, such as `astara-mgt`, can be taken for one.
 */
const PREFIX = 'astara-'

const SPACE = /^astara-(\d{1,10})-[a-z0-9-]+$/
/** The kernel's process ids stay below 2^22. */
const PID_DIGITS = 7
const DEVICE = /^astara-[mx](\d{7})$/

/** Name of a namespace of process `pid`. */
export const spaceName = (pid: number, what: string): string => `${PREFIX}${pid}-${what}`

/** The machine's own end of the cable to the management (`m`) or external (`x`) network. */
export const uplinkName = (pid: number, network: 'm' | 'x'): string =>
  `${PREFIX}${network}${String(pid).padStart(PID_DIGITS, '0')}`

/** Process that a namespace belongs to; null: it is not ours. */
export function ownerOfSpace(name: string): number | null {
  const pid = SPACE.exec(name)?.[1]
  return pid === undefined ? null : Number(pid)
}

/** Process that a device belongs to; null: it is not ours. */
export function ownerOfDevice(name: string): number | null {
  const pid = DEVICE.exec(name)?.[1]
  return pid === undefined ? null : Number(pid)
}

// The kernel allows 15 characters; Neutron's own agents cut ids at 11 too.
const short = (id: string): string => id.replaceAll('-', '').slice(0, 13)

/** Bridge of a Neutron network, inside the switch's namespace. */
export const bridgeName = (networkId: string): string => `b-${short(networkId)}`

/** End of a port's cable at the bridge, inside the switch's namespace. */
export const tapName = (portId: string): string => `t-${short(portId)}`

/** What a test host may be called: it becomes part of a namespace's name. */
export const HOST_NAME = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/
