import { randomUUID } from 'node:crypto'
import type { Notification, OutgoingNotification } from '../types.ts'
import { openEnvelope, sealEnvelope } from './envelope.ts'
import { hexId, readContext, requiredText, textField, uniqueId, writeContext } from './fields.ts'
import type { JsonObject } from './json.ts'

/** A notification and the id under which a repetition of it is recognised. */
export interface ReceivedNotification {
  readonly notification: Notification
  readonly uniqueId: string | null
}

/** Reads a notification as Neutron's notifier sends it. Throws PoisonMessageError. */
export function parseNotification(body: Buffer): ReceivedNotification {
  const message = openEnvelope(body)
  return {
    uniqueId: uniqueId(message),
    notification: {
      messageId: textField(message, 'message_id', ''),
      publisherId: textField(message, 'publisher_id', ''),
      eventType: requiredText(message, 'event_type'),
      priority: textField(message, 'priority', 'INFO'),
      payload: message.payload ?? null,
      timestamp: textField(message, 'timestamp', ''),
      context: readContext(message),
    },
  }
}

/** `YYYY-MM-DD HH:MM:SS.ffffff`, UTC. */
export function formatTimestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1).replace('T', ' ')}000`
}

/** The bytes of a notification, and the routing key under which it is published. */
export function formatNotification(
  outgoing: OutgoingNotification,
  nowMs: number,
): { body: Buffer; routingKey: string } {
  const priority = (outgoing.priority ?? 'INFO').toUpperCase()
  const message: JsonObject = {
    message_id: randomUUID(),
    publisher_id: outgoing.publisherId,
    event_type: outgoing.eventType,
    priority,
    payload: outgoing.payload,
    timestamp: formatTimestamp(nowMs),
    _unique_id: hexId(),
  }
  writeContext(message, outgoing.context)
  return { body: sealEnvelope(message), routingKey: `${outgoing.topic}.${priority.toLowerCase()}` }
}
