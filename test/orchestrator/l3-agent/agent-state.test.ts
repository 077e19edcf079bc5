import { describe, expect, it } from 'vitest'
import { countRouters, reportArgs } from '../../../src/orchestrator/l3-agent/agent-state.ts'
import { jsonFixture } from '../../support/vectors.ts'

const identity = { host: 'h', availabilityZone: 'az1', interfaceDriver: null, logHeartbeats: false }
const now = Date.UTC(2026, 10, 22, 15, 20, 18, 741)

interface Captured {
  readonly call: { readonly args: { readonly agent_state: { readonly agent_state: object }; readonly time: string } }
}

describe('what we report to Neutron', () => {
  it('has the shape of a report that a real Neutron took', () => {
    const { args } = (jsonFixture('captures/rpc/01-report_state-start.json') as Captured).call
    const sent = JSON.parse(JSON.stringify(reportArgs(identity, countRouters([]), { now, starting: true })))
    expect(Object.keys(sent).sort()).toEqual(Object.keys(args).sort())
    expect(sent.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
    expect(args.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
    const [ours, theirs] = [sent.agent_state.agent_state, args.agent_state.agent_state as Record<string, unknown>]
    for (const key of Object.keys(ours)) expect(theirs, key).toHaveProperty(key)
    expect(ours).toMatchObject({ agent_type: 'L3 agent', topic: 'l3_agent', host: 'h', start_flag: true })
    expect(ours.configurations).toMatchObject({ agent_mode: 'legacy', handle_internal_only_routers: true })
  })

  it('says that it starts only until Neutron has heard it', () => {
    const later = JSON.stringify(reportArgs(identity, countRouters([]), { now, starting: false }))
    expect(later).not.toContain('start_flag')
  })

  it('counts what it has; a router of which nothing is known yet is one all the same', () => {
    const floating = (...ids: string[]) => ids.map((id) => ({ id, status: null }))
    expect(
      countRouters([
        { isUp: true, gateways: 1, interfaces: 2, floatingIps: floating('a', 'b') },
        null,
        { isUp: true, gateways: 0, interfaces: 1, floatingIps: [] },
      ]),
    ).toEqual({ routers: 3, ex_gw_ports: 1, interfaces: 3, floating_ips: 2 })
  })
})
