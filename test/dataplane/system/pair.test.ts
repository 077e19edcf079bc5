import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../support/program.ts'
import { type Host, makeRouter, SystemUnderTest } from './support/cloud.ts'
import { reasonToSkip } from './support/skip.ts'

const reason = reasonToSkip()

/** A router with `ha: true`: two instances, one of which dies. */
describe.skipIf(reason !== null)('from an API call to packets: a highly available router', () => {
  let system: SystemUnderTest
  let routerId: string
  let host: Host

  beforeAll(async () => {
    system = new SystemUnderTest()
    await system.ready()
    const admin = await system.as('astara-embedded')
    const made = await makeRouter(admin, 'ha', { cidr: '10.80.0.0/24' }, { ha: true })
    routerId = made.id
    await until(
      () => system.resource(routerId),
      (one) => one?.instance_state === 'configured' && one.instances.length === 2,
      60_000,
    )
    host = await system.host(made.networkId, 'h')
  })

  afterAll(async () => {
    await system?.stop()
  })

  const spaces = async (): Promise<readonly string[]> =>
    (await system.control.list()).instances.filter((one) => one.name.includes(routerId)).map((one) => one.namespace)
  const holders = async (): Promise<readonly string[]> => {
    const found: string[] = []
    for (const name of await spaces()) {
      const { stdout } = await system.space(name).run('ip', '-o', '-4', 'address', 'show')
      if (stdout.includes(' 10.80.0.1/')) found.push(name)
    }
    return found
  }

  it('one of the two has the addresses, and traffic goes through it', async () => {
    await until(holders, (names) => names.length === 1, 15_000)
    await until(() => host.space.reaches('8.8.8.8'), Boolean, 10_000)
    expect(await spaces()).toHaveLength(2)
  })

  it('when that one dies the other carries on within 4 s, and a new one takes its place', async () => {
    const [active = ''] = await holders()
    const before = (await system.resource(routerId))?.instances.map((one) => one.id)
    const pids = spawnSync('ip', ['netns', 'pids', active], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean)
    const died = performance.now()
    // As a host that loses power: nothing in it runs, and its cables lead nowhere.
    for (const device of ['eth0', 'eth1', 'eth2']) spawnSync('ip', ['-netns', active, 'link', 'set', device, 'down'])
    for (const pid of pids) spawnSync('kill', ['-KILL', pid])
    await until(() => host.space.reaches('8.8.8.8'), Boolean, 20_000)
    const silence = performance.now() - died
    process.stdout.write(`a pair's fail-over took ${Math.round(silence)} ms\n`)
    expect(silence).toBeLessThan(4_000)
    const after = await until(
      () => system.resource(routerId),
      (one) =>
        one?.instance_state === 'configured' &&
        one.instances.length === 2 &&
        one.instances.some((instance) => !before?.includes(instance.id)),
      60_000,
    )
    expect(after?.instances.filter((instance) => before?.includes(instance.id))).toHaveLength(1)
    expect(await host.space.reaches('8.8.8.8')).toBe(true)
    await until(holders, (names) => names.length === 1, 15_000)
  })
})
