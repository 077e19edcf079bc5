import { Space } from '../../../dataplane/system/support/space.ts'
import { until } from '../../../support/program.ts'
import type { RigFacts } from '../../harness/inside.ts'
import type { Rest } from './rest.ts'
import type { Body } from './rest-error.ts'

const DEVICE = 'astara-mgt'
const NAME = 'scenarios'

/** Gives this machine an address on the management network, on a Neutron port of its own, as an administrator does by hand. */
export async function plugManagement(rig: RigFacts, admin: Rest): Promise<void> {
  const root = new Space(null)
  const ip = async (...words: readonly string[]): Promise<void> => {
    const { code, stderr } = await root.run('ip', ...words)
    if (code !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr.trim()}`)
  }
  const { ports } = await admin('GET', `v2.0/ports?network_id=${rig.managementNetworkId}&name=${NAME}`)
  const port: Body =
    ports[0] ??
    (
      await admin('POST', 'v2.0/ports', {
        port: {
          network_id: rig.managementNetworkId,
          name: NAME,
          // A network:* owner's tap is put into the bridge by the agent itself.
          device_owner: 'network:scenarios',
          device_id: rig.host,
          'binding:host_id': rig.host,
        },
      })
    ).port
  const tap = `tap${port.id.slice(0, 11)}`
  if ((await root.run('ip', 'link', 'show', tap)).code !== 0) {
    await ip('link', 'add', tap, 'type', 'veth', 'peer', 'name', DEVICE, 'address', port.mac_address)
    const length = rig.managementPrefix.split('/')[1]
    for (const { ip_address: address } of port.fixed_ips) {
      await ip('address', 'add', `${address}/${length}`, 'dev', DEVICE, 'nodad')
    }
    await ip('link', 'set', DEVICE, 'up')
    await ip('link', 'set', tap, 'up')
  }
  await until(
    async () => (await root.run('ip', '-o', 'link', 'show', tap)).stdout,
    (text) => text.includes('master brq'),
    60_000,
  )
}
