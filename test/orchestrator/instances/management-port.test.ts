import { expect, test } from 'vitest'
import { Bench } from './support/bench.ts'
import { MANAGEMENT_NETWORK } from './support/fake-cloud.ts'

/** A management network with a SLAAC subnet and another one. */
async function firstPort(pick: (subnets: { readonly slaac: string; readonly other: string }) => string | null) {
  const bench = new Bench()
  const slaac = [...bench.cloud.subnets.values()].find((subnet) => subnet.network_id === MANAGEMENT_NETWORK)?.id ?? ''
  const other = bench.cloud.addSubnet(MANAGEMENT_NETWORK, '192.0.2.0/24')
  bench.deps.settings = { ...bench.deps.settings, managementSubnetId: pick({ slaac, other }) }
  await bench.run(bench.manager(bench.cloud.addRouter()), 'boot')
  const port = bench.cloud.portBodies.find((body) => body.network_id === MANAGEMENT_NETWORK)
  return { addresses: port?.fixed_ips, other }
}

test('management_subnet_id: instances get their address in that subnet', async () => {
  const { addresses, other } = await firstPort((subnets) => subnets.other)
  expect(addresses).toEqual([{ subnet_id: other }])
})

test('management_subnet_id of a SLAAC subnet: the address follows from the MAC, none is allocated', async () => {
  expect((await firstPort((subnets) => subnets.slaac)).addresses).toEqual([])
})

test('without management_subnet_id the network decides', async () => {
  expect((await firstPort(() => null)).addresses).toEqual([])
})
