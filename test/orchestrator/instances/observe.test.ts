import { describe, expect, test } from 'vitest'
import { Bench } from './support/bench.ts'

/** A configured router, and a manager of a later life of ours that knows nothing of it. */
async function restarted(options: { readonly ha?: boolean } = {}) {
  const bench = new Bench()
  const id = bench.cloud.addRouter(options)
  await bench.bringUp(bench.manager(id))
  const manager = bench.manager(id)
  const writes = () =>
    ['createServer', 'deleteServer', 'createPort', 'deletePort', 'updatePort', 'updateRouterStatus'].map((name) =>
      bench.cloud.count(name),
    )
  const observe = () => bench.drive(manager.observe(new AbortController().signal))
  return { bench, id, manager, writes, observe }
}

function status(bench: Bench, id: string, word: string): void {
  const router = bench.cloud.routers.get(id)
  if (router) router.status = word
}

describe('a look at what is in debug mode', () => {
  test('shows one that carries traffic as it is, and changes nothing', async () => {
    const { bench, id, manager, writes, observe } = await restarted()
    status(bench, id, 'ACTIVE')
    const before = [writes(), bench.appliances.pushes.length]
    await observe()
    expect(manager.state).toBe('configured')
    expect(manager.snapshot()).toMatchObject({ configFingerprint: null, instances: [{ alive: true }] })
    expect([writes(), bench.appliances.pushes.length]).toEqual(before)
  })

  test('one that answers and was not configured when it was last told of is up', async () => {
    const { bench, id, manager, observe } = await restarted()
    status(bench, id, 'BUILD')
    await observe()
    expect(manager.state).toBe('up')
  })

  test('neither a dead instance, nor none, nor a router that Neutron does not tell of is acted on', async () => {
    const { bench, id, manager, writes, observe } = await restarted()
    status(bench, id, 'ACTIVE')
    const before = writes()
    bench.appliances.fault = { dead: true }
    await observe()
    expect(manager.state).toBe('down')
    bench.cloud.servers.clear()
    await observe()
    expect([manager.state, manager.snapshot().instances]).toEqual(['down', []])
    bench.cloud.removeRouter(id)
    await observe()
    expect([manager.state, writes()]).toEqual(['down', before])
  })

  test('what is configured anew afterwards is pushed: being seen is no proof of its configuration', async () => {
    const { bench, id, manager, observe } = await restarted()
    status(bench, id, 'ACTIVE')
    await observe()
    const pushes = bench.appliances.pushes.length
    await bench.run(manager, 'updateState')
    await bench.run(manager, 'configure')
    expect([manager.state, bench.appliances.pushes.length]).toEqual(['configured', pushes + 1])
  })

  test('a pair of which one is silent is degraded', async () => {
    const { bench, id, manager, observe } = await restarted({ ha: true })
    status(bench, id, 'ACTIVE')
    const [first] = bench.cloud.serversOf(id)
    bench.appliances.faults.set(first?.id ?? '', { dead: true })
    await observe()
    expect(manager.state).toBe('degraded')
  })
})
