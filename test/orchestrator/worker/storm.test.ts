import { describe, expect, it } from 'vitest'
import { ReplacementBudget } from '../../../src/orchestrator/instances/index.ts'
import { Counters } from '../../../src/orchestrator/worker/counters.ts'
import type { FromWorker, ResourceReport } from '../../../src/orchestrator/worker/protocol.ts'
import { Worker } from '../../../src/orchestrator/worker/worker.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { resourceEvent } from '../../support/events.ts'
import { Bench } from '../instances/support/bench.ts'

const ROUTERS = 1_000
const RACK = 300
const LIMITS = { perMinute: 20, burst: 10 }
const ALIVE_TIMEOUT_MS = 3_000

/** The same spread in every run. */
function seeded(): () => number {
  let state = 42
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

/** A worker over real instance managers and a cloud in memory; appliances of a lost rack swallow connections until the time-out. */
class Site {
  readonly bench = new Bench()
  readonly budget = new ReplacementBudget(this.bench.clock, LIMITS)
  readonly reports = new Map<string, ResourceReport['resource']>()
  readonly routers: readonly string[]
  readonly worker: Worker

  constructor() {
    const { bench, budget } = this
    const { clock, cloud, appliances } = bench
    bench.deps.replacements = budget
    const alive = appliances.alive.bind(appliances)
    appliances.alive = async (target) => {
      if (await alive(target)) return true
      await clock.sleep(ALIVE_TIMEOUT_MS)
      return false
    }
    this.routers = Array.from({ length: ROUTERS }, () => cloud.addRouter({ gateway: false }))
    this.worker = new Worker({
      settings: {
        maxPasses: 1_000,
        healthPeriodMs: 60_000,
        healthConcurrency: 512,
        stallThresholdMs: 1_500,
        retryBaseMs: 1_000,
        retryMaxMs: 300_000,
        queueWarningThreshold: 100,
        timelineEntries: 10,
      },
      createManager: ({ id }) => bench.manager(id),
      send: (message: FromWorker) => {
        if (message.type !== 'reports') return
        for (const { resource } of message.changed) this.reports.set(resource.id, resource)
      },
      counters: new Counters(),
      clock,
      random: seeded(),
      logger: silentLogger,
    })
  }

  async bringUp(): Promise<void> {
    this.worker.take(this.routers.map((resourceId) => resourceEvent({ resourceId, priority: 'resync' })))
    await this.bench.clock.advance(20_000)
    expect(this.inState('configured')).toBe(ROUTERS)
  }

  inState(state: string): number {
    return [...this.reports.values()].filter((resource) => resource.instance_state === state).length
  }

  /** Server of each router. */
  servers(): ReadonlyMap<string, string> {
    const owner = /^ak-router-(.*)_\d+$/
    return new Map(
      [...this.bench.cloud.servers.values()].map((server) => [owner.exec(server.name)?.[1] ?? '', server.id]),
    )
  }

  deleted(): string[] {
    return this.bench.cloud.journal.filter(({ op }) => op === 'deleteServer').map(({ argument }) => String(argument))
  }
}

describe('a lost rack', () => {
  it('facts R8: is not replaced faster than allowed, delays nobody, and costs no rebuild once it is back', async () => {
    const site = new Site()
    const { bench, worker, routers } = site
    const { clock, appliances, cloud } = bench
    await site.bringUp()
    const lost = routers.slice(0, RACK)
    const healthy = routers.slice(RACK)
    const serversBefore = site.servers()
    expect(serversBefore.size).toBe(ROUTERS)
    const lostServers = new Set(lost.map((id) => serversBefore.get(id)))
    for (const server of lostServers) if (server) appliances.faults.set(server, { dead: true })

    const began = clock.now()
    let slowest = 0
    while (clock.now() - began < 150_000) {
      const id = healthy[Math.floor((clock.now() / 1_000) % healthy.length)] ?? ''
      const pushes = appliances.pushes.length
      const asked = clock.now()
      worker.take([resourceEvent({ resourceId: id, force: true })])
      while (appliances.pushes.length === pushes && clock.now() - asked < 5_000) await clock.advance(50)
      slowest = Math.max(slowest, clock.now() - asked)
      await clock.advance(1_000)
      const minutes = (clock.now() - began) / 60_000
      expect(site.deleted().length).toBeLessThanOrEqual(LIMITS.burst + LIMITS.perMinute * minutes)
    }
    // All were noticed within two periods, and what may be replaced has been.
    const waiting = [...site.reports.values()].filter(({ last_error: error }) => error?.code === 'replacement_waits')
    const deleted = site.deleted()
    expect(waiting.length + deleted.length).toBeGreaterThanOrEqual(RACK)
    expect(deleted.length).toBeGreaterThanOrEqual(LIMITS.burst + 2 * LIMITS.perMinute - 5)
    expect(deleted.filter((server) => !lostServers.has(server))).toEqual([])
    expect(new Set(deleted).size).toBe(deleted.length)
    expect(slowest).toBeLessThanOrEqual(1_000)
    const told = waiting.filter(({ last_error: error }) => error?.next_retry_at !== null)
    expect(told.length).toBeGreaterThan(waiting.length / 2)

    appliances.faults.clear()
    const created = cloud.count('createServer')
    await clock.advance(90_000)
    expect(site.inState('configured')).toBe(ROUTERS)
    expect(site.budget.waiting).toBe(0)
    const now = site.deleted()
    // Whose last question was under way when the rack came back may still go, if its turn was due; nothing else is touched.
    const underWay = now.length - deleted.length
    expect(underWay).toBeLessThanOrEqual(3)
    expect(cloud.count('createServer')).toBeLessThanOrEqual(created + 3 + underWay)
    const serversNow = site.servers()
    const kept = routers.filter((id) => serversNow.get(id) === serversBefore.get(id))
    expect(kept).toHaveLength(ROUTERS - now.length)
    await worker.shutdown(1_000)
  }, 120_000)
})
