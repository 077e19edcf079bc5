import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Space } from '../../../dataplane/system/support/space.ts'
import type { Machine } from './cloud.ts'
import { DhcpClient } from './dhcp-client.ts'
import type { Rest } from './rest.ts'
import type { Body } from './rest-error.ts'

/** Where machines are plugged. */
export interface RealMachineHost {
  readonly admin: Rest
  /** The host whose linuxbridge agent wires the port. */
  readonly host: string
  readonly dir: string
}

const root = new Space(null)

async function ip(...words: readonly string[]): Promise<void> {
  const { code, stderr } = await root.run('ip', ...words)
  if (code !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr.trim()}`)
}

/**
 * A machine on a port of the real cloud, plugged as a hypervisor plugs it: a veth pair whose outer end, `tap<port>`, is in the bridge of the
 * network, where the linuxbridge agent finds it and wires it.
 */
export async function plugMachine(
  { admin, host, dir }: RealMachineHost,
  networkId: string,
  name: string,
): Promise<Machine> {
  const { network } = await admin('GET', `v2.0/networks/${networkId}`)
  const { port } = await admin('POST', 'v2.0/ports', {
    port: {
      network_id: networkId,
      project_id: network.project_id,
      name,
      device_id: randomUUID(),
      device_owner: 'compute:nova',
      'binding:host_id': host,
    },
  })
  const id: string = port.id
  const space = `tenant-${id.slice(0, 8)}`
  const tap = `tap${id.slice(0, 11)}`
  const inner = `tin${id.slice(0, 11)}`
  const bridge = `brq${networkId.slice(0, 11)}`
  const mtu = String(network.mtu ?? 1500)
  const client = new DhcpClient(space, join(dir, space))
  await ip('netns', 'add', space)
  await ip('-n', space, 'link', 'set', 'lo', 'up')
  await ip('link', 'add', tap, 'mtu', mtu, 'type', 'veth', 'peer', 'name', inner, 'address', port.mac_address)
  await ip('link', 'set', inner, 'netns', space, 'name', 'eth0')
  if (!existsSync(`/sys/class/net/${bridge}`)) {
    // The agent may make it at the same moment.
    await root.run('ip', 'link', 'add', bridge, 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0')
    await ip('link', 'set', bridge, 'up')
  }
  await ip('link', 'set', tap, 'master', bridge)
  await ip('link', 'set', tap, 'up')
  await ip('-n', space, 'link', 'set', 'eth0', 'up')
  client.start()
  const inside = new Space(space)
  return {
    name,
    space: inside,
    portId: id,
    mac: port.mac_address,
    addresses: port.fixed_ips.map((address: Body) => address.ip_address),
    lease: async () => client.lease(),
    async remove() {
      inside.close()
      const { stdout } = await root.run('ip', 'netns', 'pids', space)
      for (const pid of stdout.split('\n').filter(Boolean)) {
        try {
          process.kill(Number(pid), 'SIGKILL')
        } catch {
          // Gone by itself.
        }
      }
      await root.run('ip', 'link', 'del', tap)
      await root.run('ip', 'netns', 'del', space)
      client.close()
      await admin('DELETE', `v2.0/ports/${id}`).catch(() => {})
    },
  }
}
