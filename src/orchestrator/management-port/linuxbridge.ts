import { DEVICE, readDevice, settleDevice, type WantedDevice } from './device.ts'
import type { RunTool } from './host-commands.ts'

/** The end of the pair that Neutron's linuxbridge agent looks for: it puts it into the network's bridge by itself. */
const tapName = (portId: string): string => `tap${portId.slice(0, 11)}`

/**
 * Plugs the port in for the linuxbridge agent: a pair of devices, `tap…` for its bridge and ours with the port's MAC address. A pair of
 * another port is removed first.
 */
export async function plugLinuxbridge(run: RunTool, wanted: WantedDevice, signal?: AbortSignal): Promise<void> {
  const tap = tapName(wanted.portId)
  const device = await readDevice(run, DEVICE, signal)
  const isOurs = device !== null && device.peer === tap && device.macAddress === wanted.macAddress
  if (!isOurs) {
    // Either end takes the other with it.
    if (device) await run('ip', ['link', 'delete', 'dev', DEVICE], signal)
    if (await readDevice(run, tap, signal)) await run('ip', ['link', 'delete', 'dev', tap], signal)
    const ours = ['peer', 'name', DEVICE, 'address', wanted.macAddress]
    await run('ip', ['link', 'add', 'name', tap, 'type', 'veth', ...ours], signal)
  }
  const other = await readDevice(run, tap, signal)
  if (wanted.mtu !== null && other?.mtu !== wanted.mtu) {
    await run('ip', ['link', 'set', 'dev', tap, 'mtu', String(wanted.mtu)], signal)
  }
  await settleDevice(run, wanted, signal)
  if (!other?.up) await run('ip', ['link', 'set', 'dev', tap, 'up'], signal)
}
