import type { Clock } from '../../shared/index.ts'
import type { Model } from '../model/index.ts'
import type { Family } from '../net/ip.ts'
import { type AddressPlan, movingAddresses, planAddresses } from '../plan/addresses.ts'
import { planNeighbours } from '../plan/neighbours.ts'
import { planRouteChanges } from '../plan/routes.ts'
import { forwardingSysctls, interfaceSysctls, sysctlChanges } from '../plan/sysctls.ts'
import { renderAccounting } from '../render/accounting.ts'
import type { Files } from '../system/files.ts'
import type { IpChange, Kernel } from '../system/live.ts'
import type { Services } from '../system/services.ts'
import { type Applied, digestOf } from './applied.ts'
import type { ApplianceSettings, Desired } from './desired.ts'
import { hostnameSysctl, type Observed } from './observe.ts'
import { serviceSteps, stopSteps } from './service-steps.ts'
import type { Step } from './step.ts'

/** What the steps act on. */
export interface Machinery {
  readonly kernel: Kernel
  readonly services: Services
  readonly files: Files
  readonly settings: ApplianceSettings
  readonly clock: Clock
  /** Filled in as the steps succeed. */
  readonly applied: Applied
}

/** A plan and what is to be told to the neighbours once it is done. */
export interface Plan {
  readonly steps: readonly Step[]
  readonly announce: AddressPlan['announce']
  /** The machine will look so different after these steps that the rest is planned anew. */
  readonly partial: boolean
}

function describe(change: IpChange): string {
  switch (change.op) {
    case 'link':
      return `${change.device}:${change.mtu === undefined ? '' : ` mtu ${change.mtu}`}${change.up === undefined ? '' : change.up ? ' up' : ' down'}`
    case 'address-add':
      return `+ ${change.address} on ${change.device}`
    case 'address-delete':
      return `- ${change.address} on ${change.device}`
    case 'route-replace':
      return `+ route ${change.destination} via ${change.gateway} on ${change.device}`
    case 'route-delete':
      return `- route ${change.destination} via ${change.gateway} on ${change.device}`
    case 'neighbour-delete':
      return `- neighbour ${change.ip} on ${change.device}`
  }
}

function ipStep(name: string, changes: readonly IpChange[], kernel: Kernel): Step[] {
  if (changes.length === 0) return []
  return [{ name, changes: changes.map(describe), run: () => kernel.change(changes) }]
}

function sysctlStep(name: string, changes: readonly [string, string][], kernel: Kernel): Step[] {
  if (changes.length === 0) return []
  return [
    {
      name,
      changes: changes.map(([key, value]) => `${key} = ${value}`),
      async run() {
        for (const [key, value] of changes) await kernel.writeSysctl(key, value)
      },
    },
  ]
}

function firewallStep(family: Family, desired: Desired, observed: Observed, machinery: Machinery): Step[] {
  const { kernel, applied } = machinery
  const rules = desired.firewall[family]
  const { rendered, live } = applied.firewall
  const asLeft = live[family] === digestOf(observed.live.firewall[family])
  if (asLeft && rendered[family] === digestOf(rules)) return []
  return [
    {
      name: `firewall.v${family}`,
      changes: [`replace the IPv${family} rules${asLeft ? '' : ' (they are not as they were left)'}`],
      async run() {
        await kernel.restoreFirewall(family, rules)
        rendered[family] = digestOf(rules)
        // What the kernel has now is what we set; the digest is taken at the look that follows.
        live[family] = null
      },
    },
  ]
}

function accountingStep(model: Model, observed: Observed, machinery: Machinery): Step[] {
  const { kernel, applied } = machinery
  const existing = observed.live.accounting
  const script = renderAccounting(model, existing?.counters ?? null)
  if (script === null) return []
  // Without the counters that are there, so that the digest speaks of the wish alone; the number of rules tells whether it stands.
  const fingerprint = digestOf(`${existing?.rules ?? 'none'} ${renderAccounting(model, new Set()) ?? ''}`)
  if (existing && model.labels.length > 0 && applied.accounting === fingerprint) return []
  return [
    {
      name: 'labels',
      changes: [model.labels.length === 0 ? 'remove the counters' : `count ${model.labels.length} labels`],
      async run() {
        await kernel.runAccounting(script)
        const rules = (script.match(/^add rule /gm) ?? []).length
        applied.accounting =
          model.labels.length === 0 ? null : digestOf(`${rules} ${renderAccounting(model, new Set()) ?? ''}`)
      },
    },
  ]
}

function fileStep(name: string, path: string, text: string, mode: number, observed: Observed, files: Files): Step[] {
  if (observed.files.get(path) === text) return []
  return [{ name, changes: [`write ${path}`], run: () => files.write(path, text, mode) }]
}

function identitySteps(desired: Desired, observed: Observed, { settings, kernel, files }: Machinery): Step[] {
  const { identity } = settings
  const { hostname } = desired.model
  if (!identity || hostname === null) return []
  return [
    ...sysctlStep(
      'hostname',
      sysctlChanges(new Map(hostnameSysctl(desired.model, settings)), observed.sysctls),
      kernel,
    ),
    ...fileStep('hostname', identity.hostname, `${hostname}\n`, 0o644, observed, files),
    ...(desired.hosts === null ? [] : fileStep('hosts', identity.hosts, desired.hosts, 0o644, observed, files)),
  ]
}

/** Floating addresses that are gone or mean another machine now. */
function changedFloatingIps(before: Model | null, after: Model): string[] {
  const now = new Map(after.floatingIps.map(({ floating, fixed }) => [floating.text, fixed.text]))
  return (before?.floatingIps ?? [])
    .filter(({ floating, fixed }) => now.get(floating.text) !== fixed.text)
    .map(({ floating }) => floating.text)
}

/** Peers' networks that a tunnel leads to now, or did: a connection keeps the way and the address that it began with. */
function changedTunnels(before: Model | null, after: Model): string[] {
  const ways = (model: Model | null): Map<string, string> =>
    new Map(
      (model?.tunnels ?? []).flatMap(({ selectors }) =>
        selectors.flatMap(({ local, remote }) =>
          local.flatMap((ours) => remote.map((theirs) => [`${ours.text} ${theirs.text}`, theirs.text] as const)),
        ),
      ),
    )
  const [old, now] = [ways(before), ways(after)]
  return [...[...now].filter(([key]) => !old.has(key)), ...[...old].filter(([key]) => !now.has(key))].map(
    ([, network]) => network,
  )
}

function forgetStep(addresses: readonly string[], kernel: Kernel): Step[] {
  if (addresses.length === 0) return []
  return [
    {
      name: 'connections',
      changes: addresses.map((address) => `forget the connections of ${address}`),
      run: () => kernel.forgetConnections(addresses),
    },
  ]
}

const HANDOVER_MS = 3_000
const HANDOVER_POLL_MS = 20

/** keepalived removes its obsolete addresses itself, some moments after it was told. */
function handoverStep(obsolete: ReadonlySet<string>, { kernel, clock }: Machinery): Step[] {
  if (obsolete.size === 0) return []
  return [
    {
      name: 'keepalived',
      changes: [...obsolete].map((text) => `- ${text.replace(' ', ': ')} (keepalived)`),
      async run() {
        const deadline = clock.monotonic() + HANDOVER_MS
        for (;;) {
          const links = await kernel.readLinks()
          const left = links.some(({ device, addresses }) =>
            addresses.some(({ text }) => obsolete.has(`${device} ${text}`)),
          )
          if (!left || clock.monotonic() > deadline) return
          await clock.sleep(HANDOVER_POLL_MS)
        }
      },
    },
  ]
}

/** Addresses that keepalived has now and is to lose by reading its new configuration. */
function obsoleteVirtual(desired: Desired, observed: Observed, before: Model | null): Set<string> {
  if (!desired.model.ha || !observed.running.get('keepalived')) return new Set()
  const wanted = movingAddresses(desired.model)
  const live = new Set(
    observed.live.links.flatMap(({ device, addresses }) => addresses.map(({ text }) => `${device} ${text}`)),
  )
  return new Set([...movingAddresses(before)].filter((text) => !wanted.has(text) && live.has(text)))
}

/**
 * The way from what is to what is wanted, in an order that neither opens a hole nor drops more than it must: new addresses before
 * the rules that speak of them – unless the rules in the kernel are not ours, then these come first of all –, forwarding only after
 * the rules, routes before the daemons, and what is obsolete goes last.
 */
export function planSteps(
  desired: Desired,
  observed: Observed,
  before: Model | null,
  unused: ReadonlySet<string>,
  machinery: Machinery,
): Plan {
  const { model } = desired
  const { kernel, services, files, settings, applied } = machinery
  const obsolete = obsoleteVirtual(desired, observed, before)
  const addresses = planAddresses(model, observed.live, unused, obsolete)
  const routes = planRouteChanges(model, observed.live)
  const firewall = ([4, 6] as const).flatMap((family) => firewallStep(family, desired, observed, machinery))
  const trusted = ([4, 6] as const).every(
    (family) => applied.firewall.live[family] === digestOf(observed.live.firewall[family]),
  )
  const forget = [
    ...new Set([...changedFloatingIps(before, model), ...changedTunnels(before, model), ...addresses.forget]),
  ]
  const stops = stopSteps(desired, observed, services)
  if (stops.some((step) => step.name === 'keepalived')) {
    // It takes its addresses and routes along; only then can be seen what is missing.
    return { steps: [...(trusted ? [] : firewall), ...stops], announce: [], partial: true }
  }
  const steps = [
    ...(trusted ? [] : firewall),
    ...stops,
    ...sysctlStep('interfaces', sysctlChanges(interfaceSysctls(model), observed.sysctls), kernel),
    ...ipStep('addresses', addresses.add, kernel),
    ...(trusted ? firewall : []),
    ...accountingStep(model, observed, machinery),
    ...sysctlStep('forwarding', sysctlChanges(forwardingSysctls(model), observed.sysctls), kernel),
    ...ipStep('routes', routes.set, kernel),
    ...ipStep('routes', routes.remove, kernel),
    ...ipStep('neighbours', planNeighbours(model, observed.live), kernel),
    ...serviceSteps(desired, observed, applied, services, files),
    ...handoverStep(obsolete, machinery),
    ...ipStep('addresses', addresses.remove, kernel),
    ...forgetStep(forget, kernel),
    ...fileStep('metadata', settings.paths.metadata, `${JSON.stringify(desired.metadata)}\n`, 0o644, observed, files),
    ...identitySteps(desired, observed, machinery),
  ]
  return { steps, announce: addresses.announce, partial: false }
}
