import { type Cloud, send } from './cloud.ts'

/** Removes whatever scripts have left on a cloud: all that belongs to networks, routers and servers called `c-…`. */
export async function clean(cloud: Cloud): Promise<void> {
  const headers = { 'X-Auth-Token': cloud.token('admin') ?? '' }
  const at = (path: string): string => `${cloud.endpoints.neutron}/v2.0/${path}`
  const get = async (url: string) => (await send('GET', url, undefined, headers)).body
  const remove = (url: string) => send('DELETE', url, undefined, headers)
  const isOurs = (one: { name: string }): boolean => one.name.startsWith('c-')

  const compute = `${cloud.endpoints.nova}/v2.1/servers`
  const { servers } = await get(`${compute}?all_tenants=1&name=^c-`)
  for (const server of servers) await remove(`${compute}/${server.id}`)
  const networks = (await get(at('networks'))).networks.filter(isOurs)
  const routers = (await get(at('routers'))).routers.filter(isOurs)
  for (const network of networks) {
    const { floatingips } = await get(at(`floatingips?floating_network_id=${network.id}`))
    for (const one of floatingips) await remove(at(`floatingips/${one.id}`))
  }
  for (const router of routers) {
    const { ports } = await get(at(`ports?device_id=${router.id}`))
    await send('PUT', at(`routers/${router.id}`), JSON.stringify({ router: { routes: [] } }), headers)
    for (const port of ports) {
      const body = JSON.stringify({ port_id: port.id })
      await send('PUT', at(`routers/${router.id}/remove_router_interface`), body, headers)
    }
    await remove(at(`routers/${router.id}`))
  }
  for (const network of networks) {
    const { ports } = await get(at(`ports?network_id=${network.id}`))
    for (const port of ports) await remove(at(`ports/${port.id}`))
    await remove(at(`networks/${network.id}`))
  }
  // Neutron schedules routers to L3 agents: the scripts' own goes, and before them those of stories that were played, which they know nothing of.
  for (const agent of (await get(at('agents?agent_type=L3%20agent'))).agents) await remove(at(`agents/${agent.id}`))
  await remove(at(`quotas/${cloud.variables.get('tenantProject') ?? ''}`))
}
