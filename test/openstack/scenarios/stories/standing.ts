import type { Machine } from '../support/cloud.ts'
import type { Body } from '../support/rest-error.ts'
import type { Site } from '../support/site.ts'

interface Standing {
  readonly router: Body
  readonly network: { readonly id: string; readonly subnetId: string }
  readonly machine: Machine
}

/** A router in service, with a machine behind it. */
export async function standing(site: Site, cidr: string): Promise<Standing> {
  const router = await site.gatewayRouter()
  const network = await site.network({ cidr })
  await site.plug(router.id, { subnet_id: network.subnetId })
  const machine = await site.machine(network.id)
  await site.real(router.id)
  await site.reachesOutside(machine)
  return { router, network, machine }
}
