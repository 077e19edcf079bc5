import type { OpenStack } from '../../openstack/index.ts'
import type { L3Source } from '../drivers/index.ts'
import type { ApplianceClient } from '../instances/index.ts'
import type { Gate } from './gate.ts'
import { appliance, type CallRequest, GLANCE, NEUTRON, NOVA } from './operations.ts'
import type { CallService } from './types.ts'

interface AnyOperation {
  readonly writes: boolean
  readonly request: (...args: never[]) => CallRequest
}

/** The same client, every call of it through the gate. */
function through<C extends object>(
  gate: Gate,
  service: CallService,
  client: C,
  operations: Readonly<Record<string, AnyOperation>>,
): C {
  const methods = Object.entries(operations).map(([name, { writes, request }]) => {
    const method: unknown = Reflect.get(client, name)
    if (typeof method !== 'function') throw new Error(`${service} has no ${name}`)
    return [
      name,
      (...args: never[]) =>
        gate.call({ service, operation: name, writes, request: request(...args) }, () =>
          Reflect.apply(method, client, args),
        ),
    ]
  })
  // The table has an entry for each of its asynchronous methods: `Operations` sees to it.
  return { ...client, ...Object.fromEntries(methods) } as C
}

/** OpenStack through the gate. */
export function interceptOpenStack(gate: Gate, openstack: OpenStack): OpenStack {
  return {
    neutron: through(gate, 'neutron', openstack.neutron, NEUTRON),
    nova: through(gate, 'nova', openstack.nova, NOVA),
    glance: through(gate, 'glance', openstack.glance, GLANCE),
    // Only ever read.
    vpn: openstack.vpn,
    authenticate: (options) => openstack.authenticate(options),
    close: () => openstack.close(),
  }
}

/** Appliances through the gate. */
export function interceptAppliance(gate: Gate, client: ApplianceClient, alivePath: string): ApplianceClient {
  return through(gate, 'appliance', client, appliance(alivePath))
}

/** Neutron's L3 plugin through the gate. */
export function interceptL3(gate: Gate, l3: L3Source): L3Source {
  return {
    syncRouters: (ids, options) =>
      gate.call(
        {
          service: 'neutron-rpc',
          operation: 'syncRouters',
          writes: false,
          request: { method: 'call', path: 'sync_routers', body: { router_ids: ids } },
        },
        () => l3.syncRouters(ids, options),
      ),
  }
}
