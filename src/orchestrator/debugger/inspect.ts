import type { NeutronPort, OpenStack } from '../../openstack/index.ts'
import type { Clock } from '../../shared/index.ts'
import type { Driver } from '../drivers/index.ts'
import type { ApplianceClient, InstanceManager, InstanceSnapshot } from '../instances/index.ts'
import { configChanges } from '../timeline/index.ts'
import { type Phase, round } from './gate.ts'
import { shownBody, shownError } from './shown.ts'
import type { Inspection, InspectionKind } from './types.ts'

/** What the session knows. */
export interface Known {
  readonly snapshot: InstanceSnapshot
  /** Configurations that would have been sent during this inspection; `path` names the appliance. */
  readonly caught: readonly { readonly path: string; readonly config: unknown }[]
  /** The configuration that this instance was known to have; null: none known. */
  readonly before: (instanceId: string) => unknown
}

/** One function for each thing that can be looked into. They may throw. */
export type Inspector = Readonly<Record<InspectionKind, (known: Known, signal: AbortSignal) => Promise<unknown>>>

const nothing = async (): Promise<unknown> => null
export const noInspector: Inspector = {
  router: nothing,
  ports: nothing,
  instances: nothing,
  interfaces: nothing,
  config: nothing,
}

/** Looks into one thing; what it throws is part of the answer. `begin` is told of the phase that the calls belong to. */
export async function carryOut(
  inspector: Inspector,
  what: InspectionKind,
  {
    known,
    clock,
    begin,
    signal,
  }: {
    readonly known: Omit<Known, 'caught'>
    readonly clock: Clock
    readonly begin: (phase: Phase) => void
    readonly signal: AbortSignal
  },
): Promise<Inspection> {
  const caught: { readonly path: string; readonly config: unknown }[] = []
  const catchConfig = (path: string, config: unknown): void => void caught.push({ path, config })
  const phase: Phase = { calls: [], log: [], readOnly: true, catchConfig }
  const at = new Date(clock.now()).toISOString()
  const started = clock.monotonic()
  const done = (data: unknown, error: unknown): Inspection => ({
    what,
    at,
    duration_ms: round(clock.monotonic() - started),
    data,
    calls: phase.calls,
    error: error === null ? null : shownError(error),
  })
  begin(phase)
  try {
    return done(await inspector[what]({ ...known, caught }, signal), null)
  } catch (error) {
    return done(null, error)
  }
}

export interface InspectorDeps {
  readonly resourceId: string
  readonly openstack: OpenStack
  readonly appliance: ApplianceClient
  readonly driver: Driver
  /** One that knows nothing yet and shares nothing with the session's. */
  readonly makeManager: () => InstanceManager
}

/** Looks at the real thing, by the same clients that the machine uses. */
export function createInspector(deps: InspectorDeps): Inspector {
  const { resourceId, openstack, appliance, driver } = deps

  const portsOf = (snapshot: InstanceSnapshot, signal: AbortSignal): Promise<readonly NeutronPort[]> =>
    openstack.neutron.listPorts({ device_id: [resourceId, ...snapshot.instances.map(({ id }) => id)] }, { signal })

  return {
    async router(_known, signal) {
      const found = (await driver.fetch([resourceId], { signal })).get(resourceId)
      if (found instanceof Error) throw found
      return shownBody(found ?? { absent: 'Neutron does not have it' })
    },

    async ports({ snapshot }, signal) {
      const ports = await portsOf(snapshot, signal)
      const owner = (id: string): string =>
        id === resourceId ? 'router' : (snapshot.instances.find((instance) => instance.id === id)?.name ?? id)
      return ports.map((port) => ({ of: owner(port.device_id), ...port }))
    },

    async instances({ snapshot }, signal) {
      const servers = await Promise.all(
        snapshot.instances.map(async ({ id }) => openstack.nova.getServer(id, { signal }).catch(String)),
      )
      return {
        required: snapshot.requiredInstances,
        boot_attempts: snapshot.attempts,
        image_uuid: snapshot.imageUuid,
        last_error: snapshot.lastError,
        instances: snapshot.instances.map((instance, i) => ({ ...instance, nova: servers[i] ?? null })),
      }
    },

    async interfaces({ snapshot }, signal) {
      const ports = await portsOf(snapshot, signal)
      const networkOf = new Map(ports.map((port) => [port.mac_address.toLowerCase(), port]))
      return await Promise.all(
        snapshot.instances.map(async ({ id, name, management_address: address }) => {
          if (address === null) return { instance_id: id, name, error: 'it has no management address' }
          const target = { address, port: driver.appliance.managementPort }
          try {
            const shown = await appliance.interfaces(target, { signal })
            return {
              instance_id: id,
              name,
              interfaces: shown.map((one) => {
                const port = networkOf.get(one.lladdr?.toLowerCase() ?? '')
                return { ...one, network_id: port?.network_id ?? null, port_id: port?.id ?? null }
              }),
            }
          } catch (error) {
            signal.throwIfAborted()
            return { instance_id: id, name, error: String(error) }
          }
        }),
      )
    },

    /** Goes the whole way of a configuration with a manager of its own, and catches it at the door. */
    async config({ snapshot, caught, before }, signal) {
      const manager = deps.makeManager()
      await manager.updateState({ signal, force: true })
      const found = manager.state
      if (found !== 'gone' && found !== 'down') await manager.configure({ signal, force: true })
      if (caught.length === 0) return { rendered: [], why_not: whyNot(found, manager.state) }
      return {
        rendered: caught.map(({ path, config }) => {
          const instance = snapshot.instances.find(({ management_address: address }) => isAt(path, address))
          const known = before(instance?.id ?? '')
          const { changes, total } = configChanges(known, config)
          return {
            instance_id: instance?.id ?? null,
            name: instance?.name ?? path,
            compared_with:
              known === null || known === undefined ? 'nothing: none is known to be in force' : 'the last one',
            changes,
            total_changes: total,
            config: shownBody(config),
          }
        }),
      }
    },
  }
}

const isAt = (path: string, address: string | null): boolean =>
  address !== null && (path.startsWith(`http://${address}:`) || path.startsWith(`http://[${address}]:`))

function whyNot(found: string, after: string): string {
  if (found === 'gone') return 'Neutron does not have the router'
  if (found === 'down') return 'there is no instance that could take it'
  if (after === 'replug') return 'the instance is not plugged into the right networks yet (ReplugInstance comes first)'
  return `the instance is ${after}`
}
