import { type Logger, messageOf } from '../shared/index.ts'
import type { DebugControl } from './debug-control.ts'
import type { CommandEvent, OrchestratorEvent } from './events/index.ts'
import type { L3Agent } from './l3-agent/index.ts'
import { lookAgain } from './look-again.ts'
import type { Dispatcher } from './scheduler/dispatcher.ts'
import type { WorkerPool } from './scheduler/worker-pool.ts'
import type { DebugBook } from './store/index.ts'

/** The parts of the orchestrator to which events from the bus go. */
export interface EventTakers {
  readonly dispatcher: Dispatcher
  readonly l3Agent: L3Agent | null
  readonly book: DebugBook
  readonly debug: DebugControl
  readonly pool: Pick<WorkerPool, 'describe'>
  /** Reads the configuration files again. */
  readonly reload: () => Promise<unknown>
  readonly logger: Logger
}

/** Takes what comes from the bus to who is meant, and records operators' commands. Resolves once it sits there; throws what they throw. */
export function takeEvents(takers: EventTakers): (event: OrchestratorEvent) => Promise<void> {
  const { dispatcher, l3Agent, book, logger } = takers
  return async (event) => {
    if (event.kind === 'resource') {
      const { source, action, resourceId, by = null, reason } = event
      if (source === 'command') book.audit({ action, target: `resource ${resourceId}`, via: 'amqp', by, reason })
      await dispatcher.dispatch(event)
    } else if (event.kind === 'agent') {
      await l3Agent?.take(event)
    } else if (event.kind === 'command') {
      // One that cannot be carried out is logged, not handed back to the broker for ever.
      await obey(event, takers).catch((error: unknown) => logger.error({ command: event.command }, messageOf(error)))
    }
  }
}

async function obey(event: CommandEvent, takers: EventTakers): Promise<void> {
  const { dispatcher, pool, book, reload, debug, logger } = takers
  const { by = null, reason } = event
  switch (event.command) {
    case 'poll':
      await dispatcher.dispatch({ ...lookAgain('*', '*', null, 'command'), action: 'poll', priority: 'operator' })
      return
    case 'workers-debug':
      for (const worker of pool.describe()) logger.info({ ...worker }, 'worker')
      return
    case 'config-reload':
      book.audit({ action: 'config-reload', target: 'configuration', via: 'amqp', by, reason })
      await reload()
      return
    default:
      debug.obey(event)
  }
}
