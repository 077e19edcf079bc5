import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type EventHints,
  type IndexedResource,
  type ResourceEvent,
  ResourceIndex,
} from '../../../src/orchestrator/events/index.ts'
import { resourceEvent, uuid } from './support.ts'

const small = (from: number): fc.Arbitrary<string> => fc.integer({ min: from, max: from + 4 }).map(uuid)
const some = (from: number): fc.Arbitrary<string[]> => fc.uniqueArray(small(from), { maxLength: 3 })
const NETWORK = 100
const SUBNET = 200
const PORT = 300
const TENANT = 400

const resource: fc.Arbitrary<IndexedResource> = fc
  .record({
    resourceId: small(1),
    driver: fc.constantFrom('router' as const, 'loadbalancer' as const),
    tenantId: small(TENANT),
    networkIds: some(NETWORK),
    subnetIds: some(SUBNET),
    portIds: some(PORT),
    external: fc.nat({ max: 3 }),
  })
  .map(({ external, ...r }) => ({ ...r, externalNetworkIds: r.networkIds.slice(0, external) }))

const hints: fc.Arbitrary<EventHints> = fc
  .record({
    networkIds: some(NETWORK),
    subnetIds: some(SUBNET),
    portIds: some(PORT),
    owner: fc.option(small(TENANT)),
  })
  .map(({ owner, ...h }) => ({ ...h, ...(owner === null ? {} : { ownerTenantId: owner }) }))

const asked: fc.Arbitrary<ResourceEvent> = fc
  .record({
    driver: fc.constantFrom('router' as const, 'loadbalancer' as const, null),
    resourceId: fc.constantFrom(null, null, null, '*', 'error'),
    tenantId: fc.oneof(small(TENANT), fc.constantFrom('*', null)),
    type: fc.constantFrom('port.update.end', 'subnet.update.end', 'floatingip.update.end'),
    hints: fc.option(hints, { freq: 8 }),
  })
  .map(resourceEvent)

const change = fc.oneof(
  resource.map((upsert) => ({ upsert, remove: null })),
  small(1).map((remove) => ({ upsert: null, remove })),
)

/** The same, said slowly: every resource is asked whether it is meant. */
function meant(all: readonly IndexedResource[], event: ResourceEvent): string[] {
  const common = (a: readonly string[], b: readonly string[] = []): boolean => a.some((id) => b.includes(id))
  const ofTenant = (tenant: string | null): IndexedResource[] =>
    all.filter((r) => tenant === '*' || tenant === r.tenantId)
  const byHints = (h: EventHints | null): IndexedResource[] => {
    if (h === null) return ofTenant(event.tenantId)
    const named = h.networkIds.length > 0
    const external = (r: IndexedResource): readonly string[] => r.externalNetworkIds ?? []
    if (named && event.type.startsWith('port.')) {
      return all.filter(
        (r) =>
          common(r.portIds, h.portIds) ||
          r.networkIds.some((id) => h.networkIds.includes(id) && !external(r).includes(id)),
      )
    }
    const attached = all.filter(
      (r) => common(r.networkIds, h.networkIds) || common(r.subnetIds, h.subnetIds) || common(r.portIds, h.portIds),
    )
    if (attached.length > 0 || named || h.subnetIds.length > 0) return attached
    const tenant = h.ownerTenantId ?? event.tenantId
    return all.filter((r) => r.tenantId === tenant)
  }
  const wildcardTenant = event.tenantId ?? '*'
  const found = event.resourceId === null ? byHints(event.hints) : ofTenant(wildcardTenant)
  return found.filter((r) => event.driver === null || event.driver === r.driver).map((r) => r.resourceId)
}

describe('ResourceIndex', () => {
  it('finds, after any changes, exactly the resources that are meant', () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 25 }),
        fc.array(asked, { minLength: 1, maxLength: 5 }),
        (changes, events) => {
          const index = new ResourceIndex()
          const all = new Map<string, IndexedResource>()
          for (const { upsert, remove } of changes) {
            if (upsert) {
              index.upsert(upsert)
              all.set(upsert.resourceId, upsert)
            } else if (remove) {
              index.remove(remove)
              all.delete(remove)
            }
          }
          expect(index.size).toBe(all.size)
          for (const event of events) {
            const found = index.resolve(event)
            expect(new Set(found).size).toBe(found.length)
            expect([...found].sort()).toEqual(meant([...all.values()], event).sort())
          }
        },
      ),
      { numRuns: 700 },
    )
  })

  const router = (n: number, tenant: number, changes: Partial<IndexedResource> = {}): IndexedResource => ({
    resourceId: uuid(n),
    driver: 'router',
    tenantId: uuid(tenant),
    networkIds: [],
    subnetIds: [],
    portIds: [],
    ...changes,
  })

  it("pitfall D48: finds all of a tenant's routers on the network, and other tenants' on a shared one", () => {
    const index = new ResourceIndex()
    index.upsert(router(1, TENANT, { networkIds: [uuid(NETWORK)] }))
    index.upsert(router(2, TENANT, { networkIds: [uuid(NETWORK)] }))
    index.upsert(router(3, TENANT, { networkIds: [uuid(NETWORK + 1)] }))
    index.upsert(router(4, TENANT + 1, { networkIds: [uuid(NETWORK)] }))
    const on = (network: number): readonly string[] =>
      index.resolve(
        resourceEvent({
          type: 'subnet.update.end',
          tenantId: uuid(TENANT),
          hints: { networkIds: [uuid(network)], subnetIds: [], portIds: [] },
        }),
      )
    expect(on(NETWORK)).toEqual([uuid(1), uuid(2), uuid(4)])
    expect(on(NETWORK + 1)).toEqual([uuid(3)])
    expect(on(NETWORK + 2)).toEqual([])
  })

  it("does not wake every router with a gateway for somebody's port on the public network", () => {
    const index = new ResourceIndex()
    const gateway = { networkIds: [uuid(NETWORK)], externalNetworkIds: [uuid(NETWORK)], portIds: [uuid(PORT)] }
    index.upsert(router(1, TENANT, gateway))
    index.upsert(router(2, TENANT, { networkIds: [uuid(NETWORK)] }))
    const at = (port: number, type: string): readonly string[] =>
      index.resolve(
        resourceEvent({ type, hints: { networkIds: [uuid(NETWORK)], subnetIds: [], portIds: [uuid(port)] } }),
      )
    expect(at(PORT + 1, 'port.create.end')).toEqual([uuid(2)])
    expect(at(PORT, 'port.update.end')).toEqual([uuid(1), uuid(2)])
    expect(at(PORT + 1, 'subnet.update.end')).toEqual([uuid(1), uuid(2)])
  })

  it('costs the same with ten thousand routers', () => {
    const index = new ResourceIndex()
    for (let n = 0; n < 10_000; n += 1) {
      index.upsert(router(n, 20_000 + n, { networkIds: [uuid(30_000 + n)], portIds: [uuid(50_000 + n)] }))
    }
    const event = resourceEvent({
      type: 'port.update.end',
      hints: { networkIds: [uuid(30_007)], subnetIds: [], portIds: [] },
    })
    const started = performance.now()
    for (let i = 0; i < 100_000; i += 1) index.resolve(event)
    // A scan of ten thousand takes some 50 µs; a look-up well under one.
    expect((performance.now() - started) / 100_000).toBeLessThan(0.02)
    expect(index.resolve(event)).toEqual([uuid(7)])
  })
})
