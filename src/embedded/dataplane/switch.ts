import type { Port } from '../network/model.ts'
import { bridgeName, tapName } from './names.ts'
import { ip, ipBatch, sysctl } from './run.ts'
import { removeSpace } from './sweep.ts'

/** Ends at a bridge take frames of any size that a network may have; what a machine sends is its own MTU's matter. */
const FABRIC_MTU = 65_535

/**
 * One network namespace with a bridge for each Neutron network and nothing else: no address, no route, no firewall. Equal addresses of two
 * tenants never meet, and this machine's own firewall has no say in tenants' traffic.
 */
export class Switch {
  readonly space: string
  readonly #bridges = new Map<string, Promise<string>>()

  readonly #exists: (networkId: string) => boolean

  /** `exists`: whether Neutron still has a network. */
  constructor(space: string, exists: (networkId: string) => boolean) {
    this.space = space
    this.#exists = exists
  }

  async open(): Promise<void> {
    await ip(null, 'netns', 'add', this.space)
    // The bridges carry frames and take no part in what is said.
    await sysctl(this.space, { 'net/ipv6/conf/all/disable_ipv6': '1', 'net/ipv6/conf/default/disable_ipv6': '1' })
  }

  /** Bridge of a network, made when it is first asked for. */
  bridge(networkId: string): Promise<string> {
    const known = this.#bridges.get(networkId)
    if (known) return known
    const name = bridgeName(networkId)
    const made = this.#prune()
      .then(() =>
        ipBatch(this.space, [
          // Without snooping neighbour discovery and router advertisements need no querier.
          `link add name ${name} mtu ${FABRIC_MTU} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
          `link set dev ${name} up`,
        ]),
      )
      .then(() => name)
    this.#bridges.set(networkId, made)
    made.catch(() => this.#bridges.delete(networkId))
    return made
  }

  /** Removes bridges of networks that are no more. */
  async #prune(): Promise<void> {
    for (const [id, bridge] of this.#bridges) {
      if (this.#exists(id)) continue
      this.#bridges.delete(id)
      await ip(this.space, 'link', 'delete', await bridge)
    }
  }

  /** Lays a cable from a namespace's `device`, with the port's MAC, to the bridge of its network. */
  async plug(port: Pick<Port, 'id' | 'networkId' | 'macAddress'>, space: string, device: string): Promise<void> {
    const bridge = await this.bridge(port.networkId)
    const tap = tapName(port.id)
    const peer = `name ${device} address ${port.macAddress} netns ${space}`
    await ipBatch(null, [`link add name ${tap} mtu ${FABRIC_MTU} netns ${this.space} type veth peer ${peer}`])
    await ipBatch(this.space, [`link set dev ${tap} master ${bridge} up`])
  }

  /** Lays a cable from a new `device` of this machine itself to the bridge of a network. */
  async plugMachine(networkId: string, device: string): Promise<void> {
    const bridge = await this.bridge(networkId)
    const inner = bridge.replace('b-', 'm-')
    await ipBatch(null, [`link add name ${device} type veth peer name ${inner} mtu ${FABRIC_MTU} netns ${this.space}`])
    await ipBatch(this.space, [`link set dev ${inner} master ${bridge} up`])
  }

  /** Pulls a port's cable out, both ends of it, at once. */
  async unplug(portId: string): Promise<void> {
    await ip(this.space, 'link', 'delete', tapName(portId))
  }

  async close(): Promise<void> {
    this.#bridges.clear()
    await removeSpace(this.space)
  }
}
