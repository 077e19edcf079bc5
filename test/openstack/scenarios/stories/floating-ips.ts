import { expect } from 'vitest'
import { ECHO_SERVER } from '../../../dataplane/appliance/support/traffic.ts'
import { until } from '../../../support/program.ts'
import { OUTSIDE } from '../support/cloud.ts'
import type { Story } from './story.ts'

export const floatingIps: readonly Story[] = [
  {
    title: 'a floating IP is given, moved to another machine, taken away, and deleted',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.30.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      const [one, two] = [await site.machine(network.id), await site.machine(network.id)]
      await Promise.all([one, two].map((machine) => machine.space.serve(ECHO_SERVER, '0.0.0.0', '80')))
      const { outside } = site
      const floating = await site.floatingIp(one.portId)
      const address: string = floating.floating_ip_address
      await site.real(router.id)
      await site.answersOutside(address)
      const answer = async (): Promise<string> => (await outside.get(`http://${address}/`, [], 2)) ?? ''
      expect(await answer()).toContain('peer')
      // What the machine begins comes from its floating IP, too.
      const port = 9000 + Math.floor(Math.random() * 1000)
      await outside.serve(ECHO_SERVER, OUTSIDE, String(port))
      const peer = async (): Promise<string> =>
        JSON.parse((await one.space.get(`http://${OUTSIDE}:${port}/`)) ?? '{}').peer
      expect(await peer()).toBe(address)
      await site.point(floating.id, two.portId)
      await site.real(router.id)
      const arps = async (machine: typeof one): Promise<number> => {
        const { stdout } = await machine.space.run('cat', '/proc/net/snmp')
        const [, values = ''] = stdout.split('\n').filter((line) => line.startsWith('Tcp:'))
        return Number(values.split(' ')[6])
      }
      const [beforeOne, beforeTwo] = [await arps(one), await arps(two)]
      await until(answer, (text) => text.includes('peer'), 20_000)
      expect([(await arps(one)) - beforeOne, (await arps(two)) - beforeTwo]).toEqual([0, expect.any(Number)])
      expect(await arps(two)).toBeGreaterThan(beforeTwo)
      await site.point(floating.id, null)
      await site.real(router.id)
      await site.answersOutside(address, false)
      expect(await peer()).not.toBe(address)
      await site.point(floating.id, one.portId)
      await site.real(router.id)
      await site.answersOutside(address)
      await site.cloud.tenant('DELETE', `v2.0/floatingips/${floating.id}`)
      await site.real(router.id)
      await site.answersOutside(address, false)
    },
  },
  {
    title: 'a floating IP is ACTIVE in Neutron once it answers, and DOWN when it is taken from its port',
    async play(site) {
      const router = await site.gatewayRouter()
      const network = await site.network({ cidr: '10.31.0.0/24' })
      await site.plug(router.id, { subnet_id: network.subnetId })
      const machine = await site.machine(network.id)
      const { id, floating_ip_address: address } = await site.floatingIp(machine.portId)
      await site.real(router.id)
      await site.answersOutside(address)
      const status = async (): Promise<string> =>
        (await site.cloud.tenant('GET', `v2.0/floatingips/${id}`)).floatingip.status
      await until(status, (one) => one === 'ACTIVE', 30_000)
      await site.point(id, null)
      await until(status, (one) => one === 'DOWN', 30_000)
      await site.real(router.id)
    },
  },
]
