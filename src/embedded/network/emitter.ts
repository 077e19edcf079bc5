import type { MessageContext, Transport } from '../../messaging/index.ts'
import type { Clock, Logger } from '../../shared/index.ts'
import { messageOf } from '../../shared/index.ts'
import type { Caller } from '../identity/caller.ts'
import { sqlMicros } from '../times.ts'

const EXCHANGE = 'neutron'
const L3_AGENT = 'l3_agent'
/** Messages waiting for a bus that is away; older ones are dropped, as Neutron's are when it gives up. */
const MAX_WAITING = 50_000

/** Says on the bus what Neutron would say. Messages leave in the order in which they were handed over. */
export interface Emitter {
  /** `router.update.end` and the like, from publisher `network.<host>` (or another). */
  notify(eventType: string, payload: unknown, caller: Caller, publisher?: string): void
  /** A cast to the L3 agent of one host. */
  castToAgent(
    host: string,
    method: string,
    args: Readonly<Record<string, unknown>>,
    caller: Caller,
    version?: string,
  ): void
  /** A cast to all L3 agents. */
  fanout(method: string, args: Readonly<Record<string, unknown>>, caller: Caller): void
  /** Calls the L3 agent of one host and waits for its answer: 60 s, then once more 120 s. */
  callAgent(host: string, method: string, args: Readonly<Record<string, unknown>>, caller: Caller): Promise<unknown>
  /** Resolves when everything handed over so far has left. */
  flushed(): Promise<void>
  close(): void
}

/** The context keys that Neutron's messages carry. Casts carry the requester's token and names; notifications do not. */
function contextOf(caller: Caller, now: number, isCast: boolean): MessageContext {
  const domain = isCast ? 'default' : null
  return {
    user: caller.userId,
    project_id: caller.projectId,
    system_scope: null,
    project: caller.projectId,
    domain: null,
    user_domain: domain,
    project_domain: domain,
    is_admin: caller.isAdmin,
    read_only: false,
    show_deleted: false,
    auth_token: isCast ? caller.token : null,
    request_id: caller.requestId,
    global_request_id: null,
    resource_uuid: null,
    roles: caller.roles,
    user_identity: `${caller.userId} ${caller.projectId ?? '-'} - ${isCast ? 'default default' : '- -'}`,
    is_admin_project: true,
    user_id: caller.userId,
    tenant_id: caller.projectId,
    timestamp: sqlMicros(now),
    tenant_name: isCast ? caller.projectName : null,
    project_name: isCast ? caller.projectName : null,
    user_name: caller.userName,
  }
}

/** An emitter on a transport. */
export function createEmitter(deps: {
  readonly transport: Transport
  readonly host: string
  readonly clock: Clock
  readonly logger: Logger
}): Emitter {
  const { transport, host, clock, logger } = deps
  const waiting: (() => Promise<unknown>)[] = []
  const closing = new AbortController()
  let draining: Promise<void> | null = null

  async function drain(): Promise<void> {
    for (let send = waiting.shift(); send; send = waiting.shift()) {
      if (closing.signal.aborted) return
      try {
        await send()
      } catch (error) {
        logger.warn({ error: messageOf(error) }, 'a message of the embedded Neutron was lost')
      }
    }
  }

  function hand(send: () => Promise<unknown>): void {
    if (closing.signal.aborted) return
    if (waiting.length >= MAX_WAITING) waiting.shift()
    waiting.push(send)
    draining ??= drain().finally(() => {
      draining = null
    })
  }

  return {
    notify(eventType, payload, caller, publisher = 'network') {
      const context = contextOf(caller, clock.now(), false)
      hand(() =>
        transport.notify(
          {
            exchange: EXCHANGE,
            topic: 'notifications',
            publisherId: `${publisher}.${host}`,
            eventType,
            payload,
            context,
          },
          closing.signal,
        ),
      )
    },
    castToAgent(agentHost, method, args, caller, version = '1.0') {
      const context = contextOf(caller, clock.now(), true)
      const target = { exchange: EXCHANGE, topic: L3_AGENT, server: agentHost, version }
      hand(() => transport.cast(target, method, args, { context, signal: closing.signal }))
    },
    fanout(method, args, caller) {
      const context = contextOf(caller, clock.now(), true)
      const target = { exchange: EXCHANGE, topic: L3_AGENT, fanout: true, version: '1.0' }
      hand(() => transport.cast(target, method, args, { context, signal: closing.signal }))
    },
    async callAgent(agentHost, method, args, caller) {
      const context = contextOf(caller, clock.now(), true)
      const target = { exchange: EXCHANGE, topic: L3_AGENT, server: agentHost, version: '1.0' }
      const call = (timeoutMs: number): Promise<unknown> =>
        transport.call(target, method, args, { context, timeoutMs, signal: closing.signal })
      try {
        return await call(60_000)
      } catch (error) {
        if (error instanceof Error && error.name === 'MessagingTimeoutError') return call(120_000)
        throw error
      }
    },
    async flushed() {
      while (draining) await draining
    },
    close: () => closing.abort(new Error('the embedded cloud was stopped')),
  }
}
