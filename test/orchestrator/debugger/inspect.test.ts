import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Debugger } from '../../../src/orchestrator/debugger/index.ts'
import { type DebugCloud, never, startDebugCloud } from './support.ts'

let c: DebugCloud
let d: Debugger

beforeAll(async () => {
  c = await startDebugCloud(2)
  d = c.debuggerOf(0)
  await d.open(never)
  expect(await d.run({ kind: 'rest' }, never)).toBe('rest')
}, 30_000)
afterAll(() => c.stop())

const applianceConfig = (): unknown => c.cloud.nova.appliance(d.instances.instances[0]?.id ?? '')?.config

describe('inspect', () => {
  it('shows the router as Neutron has it, its ports, its instances and their interfaces', async () => {
    expect((await d.inspect('router', never)).data).toMatchObject({ id: c.routerId(0), ports: expect.any(Array) })
    const ports = (await d.inspect('ports', never)).data as readonly { of: string; device_id: string }[]
    expect(new Set(ports.map((port) => port.of))).toEqual(new Set(['router', d.instances.instances[0]?.name]))
    expect((await d.inspect('instances', never)).data).toMatchObject({
      required: 1,
      instances: [{ status: 'ACTIVE', alive: true, nova: { status: 'ACTIVE' } }],
    })
    const [instance] = (await d.inspect('interfaces', never)).data as readonly {
      interfaces: readonly { ifname: string; network_id: string | null }[]
    }[]
    const networks = instance?.interfaces.map(({ network_id }) => network_id)
    expect(networks).toContain(c.cloud.managementNetworkId)
    expect(networks).toContain(c.cloud.externalNetworkId)
  })

  it('renders the configuration as it would be pushed now, and the difference, without pushing it', async () => {
    const before = applianceConfig()
    const { data, calls } = await d.inspect('config', never)
    expect(data).toMatchObject({
      rendered: [
        { compared_with: 'the last one', changes: [], total_changes: 0, config: { networks: expect.any(Array) } },
      ],
    })
    expect(calls.find((call) => call.operation === 'configure')?.result).toBe('pretended')
    expect(applianceConfig()).toBe(before)
    expect(d.machine.instance_state).toBe('configured')
  })

  it('changes nothing that the machine believes, and is no step', async () => {
    const before = { machine: d.machine, snapshot: d.instances, steps: d.history.length, writes: d.writes }
    for (const what of ['router', 'ports', 'instances', 'interfaces', 'config'] as const) await d.inspect(what, never)
    expect({ machine: d.machine, snapshot: d.instances, steps: d.history.length, writes: d.writes }).toEqual(before)
  })

  it('says why there is nothing to render', async () => {
    const other = c.debuggerOf(1)
    await other.open(never)
    expect((await other.inspect('config', never)).data).toMatchObject({
      rendered: [],
      why_not: expect.stringContaining('no instance'),
    })
  })

  it('compares the first one with what the orchestrator pushed last', async () => {
    const { data } = await d.inspect('config', never)
    const [{ config }] = (data as { rendered: [{ config: Record<string, unknown> }] }).rendered
    const other = c.debuggerOf(0, { baseline: async () => ({ ...config, hostname: 'another' }) })
    await other.open(never)
    expect((await other.inspect('config', never)).data).toMatchObject({
      rendered: [{ total_changes: 1, changes: [{ path: 'hostname', change: 'changed', before: 'another' }] }],
    })
  })

  it('an error of the outside is part of the answer', async () => {
    d.pretend('neutron-down', true)
    const answer = await d.inspect('ports', never)
    d.pretend('neutron-down', false)
    expect(answer).toMatchObject({ data: null, error: { code: 'unavailable' } })
  })
})
