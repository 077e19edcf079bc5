import DataLoader from 'dataloader'
import type { NeutronClient, NeutronPort } from '../../openstack/index.ts'
import type { Clock } from '../../shared/index.ts'

/** Instances asked for within this time travel in one question to Neutron. Milliseconds. */
const WINDOW_MS = 10
const FOUND_MS = 15_000
/** A port that was only just made must not stay unknown for long. */
const ABSENT_MS = 2_000
const MAX_KEPT = 20_000

interface Kept {
  readonly ports: readonly NeutronPort[]
  readonly until: number
}

/** The ports of an instance, as Neutron has them. Rejects when Neutron cannot be asked. */
export type InstanceLookup = (instanceId: string) => Promise<readonly NeutronPort[]>

/** Asks Neutron for the ports of many instances at a time, and remembers the answers for a few seconds. */
export function instanceLookup(
  neutron: Pick<NeutronClient, 'listPorts'>,
  deps: { readonly clock: Clock; readonly signal: AbortSignal; readonly timeoutMs: number },
): InstanceLookup {
  const { clock, signal, timeoutMs } = deps
  const kept = new Map<string, Kept>()
  const loader = new DataLoader<string, readonly NeutronPort[]>(
    async (ids) => {
      const ports = await neutron.listPorts({ device_id: [...ids] }, { signal, timeoutMs })
      const byInstance = Map.groupBy(ports, (port) => port.device_id)
      return ids.map((id) => byInstance.get(id) ?? [])
    },
    { cache: false, batchScheduleFn: (flush) => void clock.after(WINDOW_MS, flush) },
  )
  const underWay = new Map<string, Promise<readonly NeutronPort[]>>()

  function keep(id: string, ports: readonly NeutronPort[]): void {
    // The oldest go first: insertion order is age.
    for (const old of kept.keys()) {
      if (kept.size < MAX_KEPT) break
      kept.delete(old)
    }
    kept.delete(id)
    kept.set(id, { ports, until: clock.monotonic() + (ports.length > 0 ? FOUND_MS : ABSENT_MS) })
  }

  return (instanceId) => {
    const known = kept.get(instanceId)
    if (known && known.until > clock.monotonic()) return Promise.resolve(known.ports)
    const asked = underWay.get(instanceId)
    if (asked) return asked
    const question = loader
      .load(instanceId)
      .then((ports) => {
        keep(instanceId, ports)
        return ports
      })
      .finally(() => underWay.delete(instanceId))
    underWay.set(instanceId, question)
    return question
  }
}
