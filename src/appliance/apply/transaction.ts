import type { Logger } from '../../shared/index.ts'
import { messageOf } from '../../shared/index.ts'
import type { Model } from '../model/index.ts'
import { digestOf } from './applied.ts'
import type { Desired } from './desired.ts'
import { type Look, type Observed, observe, THOROUGH } from './observe.ts'
import type { Step } from './step.ts'
import { type Machinery, type Plan, planSteps } from './steps.ts'

/** A configuration could not be put into force. The machine is back in its last good state when `rolledBack`. */
export class ApplyFailed extends Error {
  /** The part that failed. */
  readonly step: string
  readonly rolledBack: boolean

  constructor(step: string, message: string, rolledBack: boolean) {
    super(`${step}: ${message}`)
    this.name = 'ApplyFailed'
    this.step = step
    this.rolledBack = rolledBack
  }
}

/** What was done. */
export interface Outcome {
  readonly changes: readonly string[]
  readonly announce: Plan['announce']
}

class StepFailed extends Error {
  readonly step: string

  constructor(step: string, message: string) {
    super(message)
    this.name = 'StepFailed'
    this.step = step
  }
}

/** Passes over the machine until nothing is left to do: a step may undo another's work (an address that takes its routes along). */
const PASSES = 4

/** Parts that are done once and not looked at again: what they remove may lawfully come back. */
const ONCE = new Set(['neighbours', 'connections'])

/** After a restore the kernel's own words for our rules are remembered; they must be as many as we gave. */
function adoptFirewall(desired: Desired, observed: Observed, machinery: Machinery): void {
  const { rendered, live } = machinery.applied.firewall
  for (const family of [4, 6] as const) {
    if (live[family] !== null || rendered[family] !== digestOf(desired.firewall[family])) continue
    const count = (text: string): number => (text.match(/^-A /gm) ?? []).length
    const given = count(desired.firewall[family])
    const found = count(observed.live.firewall[family])
    if (given !== found) throw new StepFailed(`firewall.v${family}`, `${found} of ${given} rules are in the kernel`)
    live[family] = digestOf(observed.live.firewall[family])
  }
}

async function runSteps(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    try {
      await step.run()
    } catch (error) {
      throw new StepFailed(step.name, messageOf(error))
    }
  }
}

/** What the machine has that the configuration does not speak of; told anew for every state that is gone to. */
export type UnusedDevices = (model: Model) => ReadonlySet<string>

/** Plans without doing anything. */
export async function plan(
  desired: Desired,
  before: Model | null,
  unused: UnusedDevices,
  machinery: Machinery,
): Promise<Plan> {
  const observed = await observe(desired, machinery.settings, machinery, THOROUGH)
  return planSteps(desired, observed, before, unused(desired.model), machinery)
}

/** Goes to a state and makes sure that it was reached. @throws StepFailed */
async function goTo(
  desired: Desired,
  before: Model | null,
  unused: UnusedDevices,
  machinery: Machinery,
  first: Observed | null,
): Promise<Outcome> {
  const changes: string[] = []
  let announce: Plan['announce'] = []
  let begun = false
  for (let pass = 0; ; pass += 1) {
    const observed = pass === 0 && first ? first : await observe(desired, machinery.settings, machinery, THOROUGH)
    if (pass > 0) adoptFirewall(desired, observed, machinery)
    const next = planSteps(desired, observed, begun ? desired.model : before, unused(desired.model), machinery)
    const steps = begun ? next.steps.filter((step) => !ONCE.has(step.name)) : next.steps
    if (steps.length === 0) return { changes, announce }
    if (pass === PASSES) {
      const left = steps.flatMap((step) => step.changes).slice(0, 5)
      throw new StepFailed(steps[0]?.name ?? 'verify', `still to do after ${PASSES} passes: ${left.join('; ')}`)
    }
    begun = !next.partial
    await runSteps(steps)
    changes.push(...steps.flatMap((step) => step.changes))
    announce = [...announce, ...next.announce]
  }
}

/** The last good state with the sizes that interfaces had: where it names none, what failed may have named one. */
function asItWas(good: Desired, { live }: Observed): Desired {
  const sizes = new Map(live.links.map(({ device, mtu }) => [device, mtu]))
  const networks = good.model.networks.map((network) => ({
    ...network,
    mtu: network.mtu ?? sizes.get(network.device) ?? null,
  }))
  return { ...good, model: { ...good.model, networks } }
}

/**
 * Puts a checked configuration into force, all of it or nothing: when a part fails, the machine is taken back to `good`, the last
 * state that held. `look` is how the first look is made; after a change everything is read.
 *
 * @throws ApplyFailed naming the part that failed and whether the way back succeeded.
 */
export async function transact(
  desired: Desired,
  good: Desired,
  unused: UnusedDevices,
  machinery: Machinery,
  logger: Logger,
  look: Look,
): Promise<Outcome> {
  let first: Observed | null = null
  try {
    first = await observe(desired, machinery.settings, machinery, look)
    return await goTo(desired, good.model, unused, machinery, first)
  } catch (error) {
    const step = error instanceof StepFailed ? error.step : 'observe'
    logger.error({ step, reason: messageOf(error) }, 'a configuration could not be applied; going back')
    let rolledBack = true
    try {
      await goTo(first ? asItWas(good, first) : good, desired.model, unused, machinery, null)
    } catch (second) {
      rolledBack = false
      logger.error({ reason: messageOf(second) }, 'the way back failed; it is tried again with the next configuration')
    }
    throw new ApplyFailed(step, messageOf(error), rolledBack)
  }
}
