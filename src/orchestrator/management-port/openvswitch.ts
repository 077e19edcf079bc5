import { AstaraError } from '../../shared/index.ts'
import { DEVICE, readDevice, settleDevice, type WantedDevice } from './device.ts'
import type { RunTool } from './host-commands.ts'

/** Seconds that ovs-vsctl waits for the switch to have done what the database says. */
const PATIENCE_S = 5

/**
 * Plugs the port in for the openvswitch agent: an internal port of the integration bridge that carries the Neutron port's id, by which the
 * agent knows it. One of another port is replaced.
 */
export async function plugOpenvswitch(
  run: RunTool,
  bridge: string,
  wanted: WantedDevice,
  signal?: AbortSignal,
): Promise<void> {
  const device = await readDevice(run, DEVICE, signal)
  const inDatabase = await interfacesOf(run, signal)
  if (device && !inDatabase.includes(wanted.portId)) {
    // A pair of the linuxbridge driver, or nobody knows what: it carries our name.
    if (device.peer !== null) await run('ip', ['link', 'delete', 'dev', DEVICE], signal)
  }
  await run(
    'ovs-vsctl',
    [
      `--timeout=${PATIENCE_S}`,
      ...(inDatabase.includes(wanted.portId) ? [] : ['--', '--if-exists', 'del-port', DEVICE]),
      '--',
      '--may-exist',
      'add-port',
      bridge,
      DEVICE,
      '--',
      'set',
      'Interface',
      DEVICE,
      'type=internal',
      `external_ids:iface-id=${wanted.portId}`,
      'external_ids:iface-status=active',
      `external_ids:attached-mac=${wanted.macAddress}`,
      ...(wanted.mtu === null ? [] : [`mtu_request=${wanted.mtu}`]),
    ],
    signal,
  )
  const made = await readDevice(run, DEVICE, signal)
  if (!made) {
    throw new AstaraError('failed', `Open vSwitch made no device ${DEVICE} on bridge ${bridge}`, {
      suggestions: ['Look at ovs-vsctl show and at the log of ovs-vswitchd.'],
    })
  }
  if (made.macAddress !== wanted.macAddress) {
    await run('ip', ['link', 'set', 'dev', DEVICE, 'address', wanted.macAddress], signal)
  }
  await settleDevice(run, wanted, signal)
}

/** What our interface says of itself in the switch's database; '' when there is none. */
function interfacesOf(run: RunTool, signal?: AbortSignal): Promise<string> {
  const options = [`--timeout=${PATIENCE_S}`, '--no-headings', '--format=csv', '--columns=external_ids']
  return run('ovs-vsctl', [...options, 'find', 'Interface', `name=${DEVICE}`], signal)
}
