import type { OutgoingNotification, Transport } from '../messaging/index.ts'
import { AstaraError, type Clock, messageOf } from '../shared/index.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import type { ActionOnMany, ActionOnOne, CallOptions, OrchestratorClient, Wildcard } from './types.ts'

export interface AmqpClientOptions {
  /** Opened by the caller, closed with the client. */
  readonly transport: Transport
  /** `neutron_control_exchange` of the orchestrators. */
  readonly exchange: string
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

type Payload = Readonly<Record<string, string>>

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

function unanswered(what: string): AstaraError {
  return new AstaraError('not_implemented', `${what} is a question, and over AMQP only commands can be sent`, {
    suggestions: ['Use --via http (with --url).'],
  })
}

/**
 * The client over AMQP: commands go out as the original's `astara.command` notifications, which every orchestrator of the exchange
 * hears, ours and the original's. There are no answers: a command that was accepted by the broker may still be refused by whom it meets.
 */
export function createAmqpClient(options: AmqpClientOptions): OrchestratorClient {
  const { transport, exchange, topic, attempts, publisherId, timeoutMs, clock, target } = options

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

  const send = async (payload: Payload, { signal }: CallOptions = {}): Promise<void> => {
    const notification: OutgoingNotification = {
      exchange,
      topic,
      publisherId,
      eventType: 'astara.command',
      payload,
    }
    using deadline = startDeadline(clock, timeoutMs, signal)
    const givenUp = new AbortController()
    let failed = 0
    const unsubscribe = transport.onState(({ state }) => {
      if (state === 'disconnected' && ++failed >= attempts) givenUp.abort()
    })
    const until = AbortSignal.any([deadline.signal, givenUp.signal])
    try {
      if (transport.state.state !== 'connected') await transport.connect(until)
      await transport.notify(notification, until)
    } catch (cause) {
      throw failure(cause, deadline)
    } finally {
      unsubscribe()
    }
  }

  return {
    via: 'amqp',
    target,
    list: () => Promise.reject(unanswered('a list')),
    get: () => Promise.reject(unanswered('the state of a resource')),
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
      await send({ command: 'workers-debug' }, options)
      return null
    },
    close: () => transport.close(),
  }
}
