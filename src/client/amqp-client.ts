import {
  ConfigAnswer,
  DebugState,
  OrchestratorInfo,
  ResourceAnswer,
  TenantList,
  TenantSummary,
  TimelineAnswer,
  WorkerList,
} from '../contract/index.ts'
import type { OutgoingNotification, Transport } from '../messaging/index.ts'
import { AstaraError, type Clock, messageOf } from '../shared/index.ts'
import { AmqpQuestions, NobodyAnswersError } from './amqp-questions.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import type {
  ActionOnMany,
  ActionOnOne,
  CallOptions,
  DebugOrder,
  DebugTarget,
  OrchestratorClient,
  Wildcard,
} from './types.ts'

export interface AmqpClientOptions {
  /** Opened by the caller, closed with the client. */
  readonly transport: Transport
  /** `neutron_control_exchange` of the orchestrators. */
  readonly exchange: string
  /** `control_exchange` of the orchestrators, where they answer questions. Default `openstack`. */
  readonly controlExchange?: string
  /** Who sends, for the orchestrators' record of commands. The original's commands carry none, so by default none is sent. */
  readonly user?: string
  /** Notification topic that they listen to, usually `notifications`. */
  readonly topic: string
  /** Brokers that may be tried before it counts as unreachable: a command is not a service that waits for better times. */
  readonly attempts: number
  /** Who sends, as it stands in the notification. */
  readonly publisherId: string
  /** For connecting and for the broker's confirmation, together. */
  readonly timeoutMs: number
  readonly clock: Clock
  /** The broker, for messages; without credentials. */
  readonly target: string
}

type Payload = Readonly<Record<string, string | number>>

/** Without the fields that are undefined. */
const compact = (fields: Readonly<Record<string, string | undefined>>): Payload =>
  Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined))

/**
 * The original's command for one resource. `router-*` must name the router's tenant, which decides the worker; where it is not known,
 * `resource-*` with tenant `*` asks all workers and the one that has the resource obeys.
 */
function commandForOne(id: string, { action, reason, imageUuid, tenantId }: ActionOnOne): Payload {
  if (action === 'poll') {
    throw new AstaraError('not_implemented', 'one resource cannot be polled over AMQP', {
      suggestions: ['Poll all of them (ctl poll), or use --via http.'],
    })
  }
  return tenantId === undefined
    ? compact({
        command: `resource-${action}`,
        resource_id: id,
        tenant_id: '*',
        resource_image_uuid: imageUuid,
        reason,
      })
    : compact({ command: `router-${action}`, router_id: id, tenant_id: tenantId, router_image_uuid: imageUuid, reason })
}

/** For wildcards the tenant is the wildcard too. */
function commandForMany(which: Wildcard, { action, driver, reason, imageUuid }: ActionOnMany): Payload {
  return driver === 'router'
    ? compact({ command: `router-${action}`, router_id: which, tenant_id: which, router_image_uuid: imageUuid, reason })
    : compact({
        command: `resource-${action}`,
        resource_id: which,
        tenant_id: which,
        resource_image_uuid: imageUuid,
        reason,
      })
}

/** A debug mode under the original's commands. */
function debugCommand(target: DebugTarget, { enabled, reason }: DebugOrder): Payload {
  const word = enabled ? 'debug' : 'manage'
  switch (target.scope) {
    case 'resource':
      return compact({ command: `resource-${word}`, resource_id: target.id, tenant_id: '*', reason })
    case 'tenant':
      return compact({ command: `tenant-${word}`, tenant_id: target.id, reason })
    case 'global':
      return { ...compact({ command: 'global-debug', reason }), enabled: enabled ? 1 : 0 }
  }
}

/**
 * The client over AMQP: commands go out as the original's `astara.command` notifications, which every orchestrator of the exchange
 * hears, ours and the original's. They are not answered: a command that was accepted by the broker may still be refused by whom it meets.
 * Questions are RPC calls, which our orchestrators answer and the original does not.
 */
export function createAmqpClient(options: AmqpClientOptions): OrchestratorClient {
  const { transport, exchange, topic, attempts, publisherId, timeoutMs, clock, target, ...rest } = options

  const failure = (cause: unknown, deadline: Deadline): AstaraError => {
    if (cause instanceof AstaraError) return cause
    if (deadline.cause === 'caller') return new AstaraError('interrupted', 'interrupted', { cause })
    const { state } = transport
    const reason = state.state === 'disconnected' ? state.reason : deadline.cause === 'time' ? null : messageOf(cause)
    if (state.state === 'connected' && deadline.cause === 'time') {
      return new AstaraError('timeout', `the broker at ${target} did not confirm within ${timeoutMs / 1000} s`, {
        cause,
        suggestions: ['The command may have gone out all the same. Give it longer with --timeout.'],
      })
    }
    return new AstaraError('unreachable', `no broker answers at ${target}${reason === null ? '' : `: ${reason}`}`, {
      cause,
      suggestions: ['Check --transport-url, or transport_url in the file given with --config-file.'],
      details: { target },
    })
  }

  /** Does something with a connected broker, within the time there is. */
  const connected = async <T>(work: (until: AbortSignal) => Promise<T>, { signal }: CallOptions = {}): Promise<T> => {
    using deadline = startDeadline(clock, timeoutMs, signal)
    const givenUp = new AbortController()
    let failed = 0
    const unsubscribe = transport.onState(({ state }) => {
      if (state === 'disconnected' && ++failed >= attempts) givenUp.abort()
    })
    const until = AbortSignal.any([deadline.signal, givenUp.signal])
    try {
      if (transport.state.state !== 'connected') await transport.connect(until)
      return await work(until)
    } catch (cause) {
      throw failure(cause, deadline)
    } finally {
      unsubscribe()
    }
  }

  const send = (payload: Payload, options?: CallOptions): Promise<void> => {
    const { user } = rest
    const notification: OutgoingNotification = {
      exchange,
      topic,
      publisherId,
      eventType: 'astara.command',
      payload: user === undefined ? payload : { ...payload, by: user },
    }
    return connected((until) => transport.notify(notification, until), options)
  }

  const questions = new AmqpQuestions({
    transport,
    exchange: rest.controlExchange ?? 'openstack',
    target,
    // Within the time of the whole call: so that nobody answering is told from the broker being away.
    timeoutMs: Math.max(1, Math.floor(timeoutMs * 0.8)),
    clock,
    connected,
  })

  return {
    via: 'amqp',
    target,
    list: (query, options) => questions.list(query, options),
    async names(query, options) {
      const { resources } = await questions.list(query, options)
      return { names: resources.map(({ id, name, driver, instance_state }) => ({ id, name, driver, instance_state })) }
    },
    async get(id, options) {
      return (await questions.ask(ResourceAnswer, 'get', { id }, options)).resource
    },
    info: (options) => questions.ask(OrchestratorInfo, 'info', {}, options),
    timeline: (id, options) => questions.ask(TimelineAnswer, 'timeline', { id }, options),
    config: (id, options) => questions.ask(ConfigAnswer, 'config', { id }, options),
    tenants: (options) => questions.ask(TenantList, 'tenants', {}, options),
    tenant: (id, options) => questions.ask(TenantSummary, 'tenant', { id }, options),
    debug: (options) => questions.ask(DebugState, 'debug', {}, options),
    stream: (query, options) => questions.stream(query, options),
    async setDebug(debugTarget, order, options) {
      await send(debugCommand(debugTarget, order), options)
      return null
    },
    async reloadConfig(options) {
      await send({ command: 'config-reload' }, options)
      return null
    },
    async act(id, action, options) {
      await send(commandForOne(id, action), options)
      return { accepted: true, resource: null }
    },
    async actOnMany(which, action, options) {
      await send(commandForMany(which, action), options)
      return { accepted: true, resources: null }
    },
    async poll(options) {
      await send({ command: 'poll' }, options)
      return { accepted: true, resources: null }
    },
    async workers(options) {
      try {
        return await questions.ask(WorkerList, 'workers', {}, options)
      } catch (error) {
        if (!(error instanceof NobodyAnswersError)) throw error
        // An original: it writes them to its log.
        await send({ command: 'workers-debug' }, options)
        return null
      }
    },
    close: () => transport.close(),
  }
}
