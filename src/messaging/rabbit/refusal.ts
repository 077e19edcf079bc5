import { messageOf } from '../../shared/index.ts'
import { BrokerRefusedError, BusClosedError } from '../wire/errors.ts'

/** AMQP codes that end the same when tried again: access refused, not found, locked, not equal. */
const FINAL = new Set([403, 404, 405, 406])

function codeOf(error: unknown): number {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : 0
}

/** What the broker said, without the library's words around it. */
function brokerText(error: unknown): string {
  const said = /with message "(.*)"/s.exec(messageOf(error))
  return said?.[1] ?? messageOf(error)
}

/** What a person can do about it. */
function suggestionFor(code: number, entity: string, text: string): string {
  if (code === 403)
    return `Give the user permission to configure, write and read ${entity} (rabbitmqctl set_permissions).`
  if (code === 404)
    return `Nothing has declared ${entity} yet: is the service that owns it running, on this virtual host?`
  if (code === 405) return `Another connection has ${entity} for itself alone: stop that one, or use another name.`
  const differing = /inequivalent arg '([^']+)'/.exec(text)?.[1]
  if (differing === 'durable') {
    return (
      `Set amqp_durable_queues in [oslo_messaging_rabbit] as the other services of this cloud have it, or delete ${entity} ` +
      'while nothing uses it.'
    )
  }
  if (differing === 'auto_delete') {
    return `Set amqp_auto_delete in [oslo_messaging_rabbit] as the other services have it, or delete ${entity}.`
  }
  if (differing === 'x-queue-type') {
    return `Set rabbit_quorum_queue in [oslo_messaging_rabbit] as the other services have it, or delete ${entity}.`
  }
  return `Delete ${entity} while nothing uses it; it is declared again at once.`
}

/** An error of one operation about `entity` ("queue 'x'"), as ours. */
export function operationError(error: unknown, entity: string): Error {
  if (error instanceof BrokerRefusedError || error instanceof BusClosedError) return error
  const replyCode = codeOf(error)
  const problem = brokerText(error)
  // A code with a method of its own comes from this operation; otherwise the channel went for another's sake.
  if (FINAL.has(replyCode) && /Operation failed/.test(messageOf(error))) {
    const suggestion = suggestionFor(replyCode, entity, problem)
    return new BrokerRefusedError({ replyCode, entity, problem, suggestion, cause: error })
  }
  return new BusClosedError(`${entity}: ${problem}`, { cause: error })
}

/** Why a channel was closed by the broker, as ours. */
export function closedError(error: Error | null): BusClosedError {
  return error === null
    ? new BusClosedError('the channel was closed with its connection')
    : new BusClosedError(`the broker closed the channel: ${brokerText(error)}`, { cause: error })
}
