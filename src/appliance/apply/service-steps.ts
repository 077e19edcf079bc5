import type { Files } from '../system/files.ts'
import type { ServiceName, ServiceSpec, Services } from '../system/services.ts'
import type { Applied } from './applied.ts'
import type { Desired } from './desired.ts'
import type { Observed } from './observe.ts'
import type { Step } from './step.ts'

type Action = 'start' | 'restart' | 'reload'

/** A lease that dnsmasq may still hold for another machine: only a restart makes it forget. */
function movedLease(desired: Desired, applied: Applied): boolean {
  for (const [address, mac] of desired.leaseOwners) {
    const before = Object.hasOwn(applied.leaseOwners, address) ? applied.leaseOwners[address] : undefined
    if (before !== undefined && before !== mac) return true
  }
  return false
}

function actionFor(spec: ServiceSpec, desired: Desired, observed: Observed, applied: Applied): Action | null {
  if (!observed.running.get(spec.name)) return 'start'
  const changed = spec.files.filter((file) => observed.files.get(file.path) !== file.text)
  if (changed.some((file) => file.takes === 'restart')) return 'restart'
  if (spec.name === 'dnsmasq' && movedLease(desired, applied)) return 'restart'
  return changed.length > 0 ? 'reload' : null
}

async function perform(action: Action, spec: ServiceSpec, services: Services, files: Files): Promise<void> {
  for (const file of spec.files) await files.write(file.path, file.text, file.mode ?? 0o644)
  await services[action](spec)
}

/** Daemons that are to stop: before addresses change, because a leaving keepalived takes its addresses along. */
export function stopSteps(desired: Desired, observed: Observed, services: Services): Step[] {
  return [...desired.services].flatMap(([name, spec]): Step[] =>
    spec === null && observed.running.get(name)
      ? [{ name, changes: [`stop ${name}`], run: () => services.stop(name as ServiceName) }]
      : [],
  )
}

/** Daemons that are to start or to look at their files again; each only when something of its own changed. */
export function serviceSteps(
  desired: Desired,
  observed: Observed,
  applied: Applied,
  services: Services,
  files: Files,
): Step[] {
  return [...desired.services.values()].flatMap((spec): Step[] => {
    const action = spec && actionFor(spec, desired, observed, applied)
    if (!spec || !action) return []
    return [
      {
        name: spec.name,
        changes: [`${action} ${spec.name}`],
        async run() {
          await perform(action, spec, services, files)
          if (spec.name !== 'dnsmasq') return
          const current = Object.fromEntries(desired.leaseOwners)
          applied.leaseOwners = action === 'reload' ? { ...applied.leaseOwners, ...current } : current
        },
      },
    ]
  })
}
