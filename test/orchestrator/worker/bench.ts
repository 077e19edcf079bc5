import type { ResourceEvent } from '../../../src/orchestrator/events/index.ts'
import { Counters } from '../../../src/orchestrator/worker/counters.ts'
import type { WorkerSettings } from '../../../src/orchestrator/worker/options.ts'
import type { FromWorker, ResourceReport, TimelineNews } from '../../../src/orchestrator/worker/protocol.ts'
import { Worker } from '../../../src/orchestrator/worker/worker.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { resourceEvent } from '../../support/events.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ScriptedManager, World } from '../../support/scripted-manager.ts'

export const ID = '00000000-0000-0000-0000-000000000001'

/** A worker over worlds instead of OpenStack, with a clock that is moved by hand. */
export class WorkerBench {
  readonly clock = new ManualClock()
  readonly worlds = new Map<string, World>()
  readonly managers = new Map<string, ScriptedManager>()
  readonly reports: ResourceReport[] = []
  readonly news: TimelineNews[] = []
  readonly removed: string[] = []
  readonly counters = new Counters()
  readonly worker: Worker

  constructor(settings: Partial<WorkerSettings> = {}) {
    this.worker = new Worker({
      settings: {
        maxPasses: 100,
        healthPeriodMs: 60_000,
        healthConcurrency: 10,
        stallThresholdMs: 1_500,
        retryBaseMs: 1_000,
        retryMaxMs: 300_000,
        queueWarningThreshold: 100,
        timelineEntries: 200,
        ...settings,
      },
      createManager: ({ id }) => {
        const manager = new ScriptedManager(id, this.world(id), this.clock)
        this.managers.set(id, manager)
        return manager
      },
      send: (message: FromWorker) => {
        if (message.type === 'timeline') this.news.push(...message.news)
        if (message.type !== 'reports') return
        this.reports.push(...message.changed)
        this.removed.push(...message.removed)
      },
      counters: this.counters,
      clock: this.clock,
      random: () => 0.5,
      logger: silentLogger,
    })
  }

  world(id = ID): World {
    let world = this.worlds.get(id)
    if (!world) {
      world = new World()
      this.worlds.set(id, world)
    }
    return world
  }

  take(...events: Partial<ResourceEvent>[]): void {
    this.worker.take(events.map((event) => resourceEvent({ resourceId: ID, ...event })))
  }

  state(id = ID): string | undefined {
    return this.managers.get(id)?.state
  }

  last(id = ID): ResourceReport['resource'] | undefined {
    return this.reports.findLast((report) => report.resource.id === id)?.resource
  }
}
