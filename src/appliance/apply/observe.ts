import type { Model } from '../model/index.ts'
import { forwardingSysctls, interfaceSysctls, type Sysctls } from '../plan/sysctls.ts'
import type { Files } from '../system/files.ts'
import type { Kernel, LiveState } from '../system/live.ts'
import type { ServiceName, Services } from '../system/services.ts'
import type { Applied } from './applied.ts'
import type { ApplianceSettings, Desired } from './desired.ts'

/** What a plan is compared with. */
export interface Observed {
  readonly live: LiveState
  readonly sysctls: Sysctls
  readonly running: ReadonlyMap<ServiceName, boolean>
  /** Texts of the files that the plan may write; null where there is none. */
  readonly files: ReadonlyMap<string, string | null>
}

const HOSTNAME = 'kernel/hostname'

/** The switch that holds the host name, when it is ours to set. */
export function hostnameSysctl(model: Model, settings: ApplianceSettings): [string, string][] {
  return settings.identity && model.hostname !== null ? [[HOSTNAME, model.hostname]] : []
}

/** How to look: whether rules of which no change was told are taken as they were, and what was just seen of the kernel already. */
export interface Look {
  readonly trust: boolean
  readonly live: LiveState | null
}

/** Reads everything anew. */
export const THOROUGH: Look = { trust: false, live: null }

/** True when the counters of labels belong to the look. */
export const counts = (labels: number, applied: Pick<Applied, 'accounting'>): boolean =>
  labels > 0 || applied.accounting !== null

/** Looks at everything that `desired` is about. */
export async function observe(
  desired: Desired,
  settings: ApplianceSettings,
  machine: {
    readonly kernel: Kernel
    readonly services: Services
    readonly files: Files
    readonly applied: Pick<Applied, 'accounting'>
  },
  look: Look,
): Promise<Observed> {
  const { model } = desired
  const switches = [
    ...interfaceSysctls(model).keys(),
    ...forwardingSysctls(model).keys(),
    ...hostnameSysctl(model, settings).map(([name]) => name),
  ]
  const paths = [...desired.services.values()].flatMap((spec) => spec?.files.map((file) => file.path) ?? [])
  paths.push(settings.paths.metadata)
  if (settings.identity) paths.push(settings.identity.hostname, settings.identity.hosts)
  const [live, sysctls, running, texts] = await Promise.all([
    look.live ?? machine.kernel.read(counts(model.labels.length, machine.applied), look.trust),
    machine.kernel.readSysctls(switches, look.trust),
    Promise.all(
      [...desired.services.keys()].map(async (name) => [name, await machine.services.running(name)] as const),
    ),
    Promise.all(paths.map(async (path) => [path, await machine.files.read(path)] as const)),
  ])
  return { live, sysctls, running: new Map(running), files: new Map(texts) }
}
