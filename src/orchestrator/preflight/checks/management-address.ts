import { access, constants } from 'node:fs/promises'
import { ownAddressIn } from '../../management-port/index.ts'
import { failed, ok, warning } from '../lines.ts'
import type { Check } from '../types.ts'

const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin']

/** This machine is on the management network, or will be. */
export const managementAddressCheck: Check = {
  name: 'management_address',
  async run({ config }) {
    const { interface_driver: driver, management_prefix: prefix, management_address: chosen } = config.DEFAULT
    const own = ownAddressIn(prefix)
    const check = 'management_address'
    if (own !== null) return [ok(check, own)]
    // Every loopback address answers here, and one interface lists only the first: an embedded cloud's instances.
    if (prefix.startsWith('127.')) return [ok(check, `${prefix} is this machine's own`)]
    if (driver === 'none') {
      return [
        warning(
          check,
          `this machine has no address in ${prefix}${chosen === null ? '' : `, though ${chosen} is set`}: appliances may be out of reach`,
          'Set [DEFAULT] interface_driver to linuxbridge or openvswitch, whichever L2 agent runs here, and the start plugs the machine in.',
          'Or route the network to this machine by other means.',
        ),
      ]
    }
    const tools = driver === 'linuxbridge' ? ['ip'] : ['ip', 'ovs-vsctl']
    const missing: string[] = []
    for (const tool of tools) if (!(await isInstalled(tool))) missing.push(tool)
    if (missing.length > 0) {
      return [
        failed(check, `${driver}: ${missing.join(' and ')} missing`, 'apt-get install iproute2 openvswitch-switch'),
      ]
    }
    if (process.getuid?.() !== 0) {
      return [
        warning(
          check,
          `none yet; the start plugs one in (${driver}), for which it needs a privilege`,
          'Run as root, or with CAP_NET_ADMIN: AmbientCapabilities=CAP_NET_ADMIN in the unit.',
        ),
      ]
    }
    return [ok(check, `none yet; the start plugs one in (${driver})`)]
  },
}

async function isInstalled(tool: string): Promise<boolean> {
  for (const folder of FOLDERS) {
    try {
      await access(`${folder}/${tool}`, constants.X_OK)
      return true
    } catch {
      // Not in this folder.
    }
  }
  return false
}
