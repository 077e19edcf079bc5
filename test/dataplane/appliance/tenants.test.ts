import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Body, golden, networkOn } from './support/configs.ts'
import { Lab } from './support/lab.ts'
import { Router } from './support/router.ts'
import { announceSkip, prepareTools } from './support/tools.ts'
import { dhcp, ECHO_SERVER, get, reaches } from './support/traffic.ts'

const reason = prepareTools()
if (reason !== null) announceSkip(reason)

const PREFIX = 'fdca:3ba5:a17a:acda'

/** Two tenants with the same subnet behind two routers on one external and one management network. */
describe.skipIf(reason !== null)('two tenants', () => {
  let lab: Lab
  const routers: Router[] = []

  const body = (tenant: number): Body => {
    const config = golden('p-dataplane')
    config.tenant_id = `tenant${tenant}`
    networkOn(config, 'ge0').interface.addresses = [`${PREFIX}::1${tenant}/64`]
    networkOn(config, 'ge1').interface.addresses = [`172.16.77.1${tenant}/24`, `2001:db8:77::1${tenant}/64`]
    config.floating_ips = tenant === 1 ? [{ floating_ip: '172.16.77.50', fixed_ip: '192.168.0.2' }] : []
    for (const allocation of networkOn(config, 'ge2').allocations) {
      allocation.device_id = allocation.device_id.replace('11111111', `${tenant}`.repeat(8))
    }
    return config
  }

  beforeAll(async () => {
    lab = new Lab(['brm', 'bre', 'br1', 'br2'])
    for (const space of ['mgt', 'r1', 'r2', 'c1', 'c2']) lab.space(space)
    lab.cable('mgt', 'eth0', 'brm')
    lab.in('mgt', 'sysctl', '-qw', 'net.ipv6.conf.eth0.accept_dad=0')
    lab.in('mgt', 'ip', 'link', 'set', 'eth0', 'up')
    lab.in('mgt', 'ip', 'address', 'add', `${PREFIX}::1/64`, 'dev', 'eth0', 'nodad')
    await lab.program('mgt', ECHO_SERVER, '::', '9697')
    for (const tenant of [1, 2]) {
      lab.cable(`r${tenant}`, 'eth0', 'brm')
      lab.cable(`r${tenant}`, 'eth1', 'bre')
      lab.cable(`r${tenant}`, 'eth2', `br${tenant}`)
      lab.in(`r${tenant}`, 'ip', 'link', 'set', 'eth0', 'up')
      lab.in(`r${tenant}`, 'ip', 'address', 'add', `${PREFIX}::1${tenant}/64`, 'dev', 'eth0', 'nodad')
      // Different machines with the same addresses.
      lab.cable(`c${tenant}`, 'eth0', `br${tenant}`, tenant === 1 ? 'fa:16:3e:00:00:02' : 'fa:16:3e:00:00:03')
      lab.in(`c${tenant}`, 'ip', 'link', 'set', 'eth0', 'up')
      await lab.program(`c${tenant}`, ECHO_SERVER, '0.0.0.0', '80')
      const router = new Router(lab, `r${tenant}`, `${PREFIX}::1${tenant}`, 'mgt')
      await router.start()
      routers.push(router)
      await router.push(body(tenant))
    }
    await dhcp(lab, 'c1')
    await dhcp(lab, 'c2')
  })

  afterAll(async () => {
    for (const router of routers) await router.stop()
    await lab?.close()
  })

  it('with the same subnet do not see each other', async () => {
    expect(lab.in('c1', 'ip', 'address')).toContain('192.168.0.2/24')
    expect(lab.in('c2', 'ip', 'address')).toContain('192.168.0.3/24')
    expect(await reaches(lab, 'c1', '192.168.0.3')).toBe(false)
    expect(await reaches(lab, 'c2', '192.168.0.2')).toBe(false)
  })

  it('meet only through a floating IP', async () => {
    expect(JSON.parse((await get(lab, 'c2', 'http://172.16.77.50/')) ?? '{}').peer).toBe('172.16.77.12')
  })

  it('get their own metadata for the same address', async () => {
    const ask = async (space: string): Promise<Record<string, string>> =>
      JSON.parse((await get(lab, space, 'http://169.254.169.254/')) ?? '{}').headers
    expect(await ask('c1')).toMatchObject({
      'x-tenant-id': 'tenant1',
      'x-instance-id': '11111111-aaaa-4000-8000-000000000002',
    })
    expect(await ask('c2')).toMatchObject({
      'x-tenant-id': 'tenant2',
      'x-instance-id': '22222222-aaaa-4000-8000-000000000003',
    })
  })

  it('reach neither the other tenant’s API nor anything of the management network', async () => {
    lab.in('c1', 'ip', 'address', 'add', '2001:db8:a::99/64', 'dev', 'eth0', 'nodad')
    lab.in('c1', 'ip', '-6', 'route', 'replace', 'default', 'via', '2001:db8:a::1', 'metric', '5')
    expect(await reaches(lab, 'c1', '2001:db8:a::1')).toBe(true)
    for (const target of [`${PREFIX}::11`, `${PREFIX}::12`, `${PREFIX}::1`]) {
      expect(await get(lab, 'c1', `http://[${target}]:5000/v1/base`, [], 1)).toBeNull()
      expect(await reaches(lab, 'c1', target)).toBe(false)
    }
  })
})
