import type { Model } from '../model/index.ts'
import type { IpChange, LiveState } from '../system/live.ts'

/** Cached neighbours that contradict the allocations: an address that went to another machine is found at once. */
export function planNeighbours(model: Model, live: LiveState): IpChange[] {
  const known = new Map<string, string>()
  for (const network of model.networks) {
    for (const { mac, addresses } of network.allocations) {
      for (const { ip } of addresses) known.set(`${network.device} ${ip.text}`, mac)
    }
  }
  return live.neighbours
    .filter(({ device, ip, mac }) => {
      const allocated = known.get(`${device} ${ip}`)
      return allocated !== undefined && allocated !== mac
    })
    .map(({ device, ip }) => ({ op: 'neighbour-delete', device, ip }))
}
