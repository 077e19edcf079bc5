import { z } from 'zod'
import { AstaraError, messageOf } from '../../shared/index.ts'
import type { RunTool } from './host-commands.ts'

/** Name of the orchestrator's own device on the management network. */
export const DEVICE = 'astara-mgt'

/** What the orchestrator's port is to look like on this machine. */
export interface WantedDevice {
  readonly portId: string
  readonly macAddress: string
  /** `address/prefix length`. */
  readonly addresses: readonly string[]
  readonly mtu: number | null
}

/** A device as the kernel has it. */
export interface KernelDevice {
  readonly macAddress: string
  readonly mtu: number
  readonly up: boolean
  /** The other end of a veth pair, when it is on this machine. */
  readonly peer: string | null
  /** `address/prefix length`, link-local ones left out. */
  readonly addresses: readonly string[]
}

const Answer = z.array(
  z.looseObject({
    ifname: z.string().optional(),
    link: z.string().optional(),
    address: z.string().default(''),
    mtu: z.number().default(0),
    flags: z.array(z.string()).default([]),
    addr_info: z
      .array(
        z.looseObject({
          local: z.string().optional(),
          prefixlen: z.number().default(0),
          scope: z.string().default(''),
        }),
      )
      .default([]),
  }),
)

/** A device of this machine; null: there is none of that name. */
export async function readDevice(run: RunTool, name: string, signal?: AbortSignal): Promise<KernelDevice | null> {
  let text: string
  try {
    text = await run('ip', ['-json', 'address', 'show', 'dev', name], signal)
  } catch (error) {
    if (/does not exist|cannot find device/i.test(messageOf(error))) return null
    throw error
  }
  const device = parse(text).find((one) => one.ifname === name)
  if (!device) return null
  return {
    macAddress: device.address.toLowerCase(),
    mtu: device.mtu,
    up: device.flags.includes('UP'),
    peer: device.link ?? null,
    addresses: device.addr_info.flatMap(({ local, prefixlen, scope }) =>
      local === undefined || scope === 'link' ? [] : [`${local}/${prefixlen}`],
    ),
  }
}

function parse(text: string): z.infer<typeof Answer> {
  try {
    return Answer.parse(JSON.parse(text.trim() === '' ? '[]' : text))
  } catch (error) {
    throw new AstaraError('failed', `ip -json is not understood: ${messageOf(error)}`, { cause: error })
  }
}

/** Gives the device its MTU and exactly the wanted addresses, and brings it up. What is right already is left alone. */
export async function settleDevice(run: RunTool, wanted: WantedDevice, signal?: AbortSignal): Promise<void> {
  const device = await readDevice(run, DEVICE, signal)
  if (!device) throw new AstaraError('failed', `${DEVICE} has vanished while it was set up`)
  if (wanted.mtu !== null && device.mtu !== wanted.mtu) {
    await run('ip', ['link', 'set', 'dev', DEVICE, 'mtu', String(wanted.mtu)], signal)
  }
  for (const address of device.addresses.filter((one) => !wanted.addresses.includes(one))) {
    await run('ip', ['address', 'delete', address, 'dev', DEVICE], signal)
  }
  if (!device.up) await run('ip', ['link', 'set', 'dev', DEVICE, 'up'], signal)
  for (const address of wanted.addresses.filter((one) => !device.addresses.includes(one))) {
    // Neutron has given it to nobody else, and nobody is to wait for the kernel to find that out.
    const trusted = address.includes(':') ? ['nodad'] : []
    await run('ip', ['address', 'replace', address, 'dev', DEVICE, ...trusted], signal)
  }
}
