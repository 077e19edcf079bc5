import { failed, ok, skipped, warning } from '../lines.ts'
import type { Check } from '../types.ts'

const L2_TYPES: ReadonlySet<string> = new Set([
  'Linux bridge agent',
  'Open vSwitch agent',
  'OVN Controller agent',
  'ML2/OVN agent',
  'Macvtap agent',
])

/** An L2 agent runs on this host: where none does, Neutron cannot bind ports. */
export const l2Agent: Check = {
  name: 'l2_agent',
  async run({ openstack, config, signal }) {
    const { host, interface_driver: driver } = config.DEFAULT
    const agents = (await openstack.neutron.listAgents({}, { signal })).filter((agent) =>
      L2_TYPES.has(agent.agent_type),
    )
    if (agents.length === 0) return [skipped('l2_agent', 'Neutron shows no L2 agents at all')]
    const here = agents.filter((agent) => agent.host === host)
    const hosts = [...new Set(agents.map((agent) => agent.host))].slice(0, 5).join(', ')
    const consequence = 'ports that Neutron binds to this host fail to bind'
    if (here.length === 0) {
      const advice = [
        `Is [DEFAULT] host the name that the L2 agent of this machine reports? Agents run on ${hosts}.`,
        'Else start one here.',
      ]
      const found = `no L2 agent on ${host}: ${consequence}`
      return [driver === 'none' ? warning('l2_agent', found, ...advice) : failed('l2_agent', found, ...advice)]
    }
    if (!here.some(({ alive }) => alive)) {
      const found = `${here[0]?.agent_type ?? 'L2 agent'} on ${host} is dead: ${consequence}`
      return [failed('l2_agent', found, `Start it, and look at its log: openstack network agent list --host ${host}`)]
    }
    if (!here.some(({ alive, admin_state_up: up }) => alive && up)) {
      return [
        warning(
          'l2_agent',
          `${here[0]?.agent_type ?? 'L2 agent'} on ${host} is disabled`,
          'openstack network agent set --enable <id>',
        ),
      ]
    }
    return [ok('l2_agent', `${here[0]?.agent_type ?? ''} on ${host} is alive`)]
  },
}
