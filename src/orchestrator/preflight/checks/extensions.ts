import type { CheckLine } from '../../../contract/index.ts'
import { failed, ok, warning } from '../lines.ts'
import type { Check } from '../types.ts'

const PLUGINS = "Add it to [DEFAULT] service_plugins in Neutron's configuration, and restart neutron-server."

/** What Neutron offers of that which we use. */
export const extensions: Check = {
  name: 'extensions',
  async run({ openstack, config, signal }) {
    const offered = new Set(await openstack.neutron.listExtensions({ signal }))
    const lines: CheckLine[] = []
    lines.push(
      offered.has('router')
        ? ok('extension_router', 'Neutron has routers')
        : failed('extension_router', 'Neutron has no routers', `The service plugin router is missing. ${PLUGINS}`),
    )
    const scheduler = offered.has('l3_agent_scheduler')
    lines.push(
      scheduler
        ? ok('extension_l3_agent_scheduler', 'Neutron schedules routers to L3 agents')
        : warning(
            'extension_l3_agent_scheduler',
            'Neutron schedules routers to nobody: all of them are managed here',
            'Run one orchestrator only against this Neutron.',
          ),
    )
    lines.push(
      offered.has('ip_allocation') || offered.has('segment')
        ? ok('extension_segments', 'ports may be without addresses')
        : ok('extension_segments', 'absent: each port is lent an address of its network while Nova plugs it in'),
    )
    lines.push(portSecurity(offered, config.DEFAULT.neutron_port_security_extension_enabled))
    lines.push(
      offered.has('dhrouterstatus')
        ? ok('extension_router_status', 'the status of routers can be told')
        : ok('extension_router_status', 'absent: Neutron shows the status it thinks a router has'),
    )
    if (config.router.ipsec_vpn) {
      lines.push(
        offered.has('vpnaas')
          ? ok('extension_vpnaas', 'Neutron has VPN services')
          : warning(
              'extension_vpnaas',
              '[router] ipsec_vpn is on, but Neutron has no VPN services',
              'Install neutron-vpnaas, or set [router] ipsec_vpn to false.',
            ),
      )
    }
    return lines
  },
}

function portSecurity(offered: ReadonlySet<string>, wanted: boolean): CheckLine {
  if (offered.has('port-security')) {
    return wanted
      ? ok('extension_port_security', 'the protection of our ports can be switched off')
      : warning(
          'extension_port_security',
          'Neutron offers it, but neutron_port_security_extension_enabled is false: security groups may drop what appliances forward',
          'Set [DEFAULT] neutron_port_security_extension_enabled to true.',
        )
  }
  return warning(
    'extension_port_security',
    `absent: ports let any address pass${offered.has('allowed-address-pairs') ? ' (allowed address pairs)' : ''}, but security groups may drop it`,
    "Add port_security to [ml2] extension_drivers in Neutron's configuration, and restart neutron-server.",
  )
}
