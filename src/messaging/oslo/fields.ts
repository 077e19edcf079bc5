import { randomBytes } from 'node:crypto'
import { type MessageContext, PoisonMessageError } from '../types.ts'
import type { JsonObject } from './json.ts'

const CONTEXT = '_context_'

/** 32 hex digits, as Python's `uuid4().hex`: `_msg_id`, `_unique_id`, names of reply and fanout queues. */
export function hexId(): string {
  return randomBytes(16).toString('hex')
}

/** The keys that carry the requester's context, without their prefix. The result has no prototype. */
export function readContext(message: JsonObject): MessageContext {
  const context: JsonObject = Object.create(null)
  for (const key in message) {
    if (!key.startsWith(CONTEXT)) continue
    const name = key.slice(CONTEXT.length)
    if (name !== '__proto__') context[name] = message[key]
  }
  return context
}

/** Adds a context's keys, with their prefix. */
export function writeContext(message: JsonObject, context: MessageContext | undefined): void {
  for (const [key, value] of Object.entries(context ?? {})) message[`${CONTEXT}${key}`] = value
}

/** A text field; absent or null is `fallback`. Throws PoisonMessageError for another type. */
export function textField(message: JsonObject, key: string, fallback: string): string {
  const value = message[key]
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return fallback
  throw new PoisonMessageError('bad_field', `${key} is not a text`)
}

/** A text field that must be there and not be empty. Throws PoisonMessageError. */
export function requiredText(message: JsonObject, key: string): string {
  const value = textField(message, key, '')
  if (value === '') throw new PoisonMessageError('missing_field', `${key} is missing`)
  return value
}

/** The sender's id of this message, for dropping duplicates; null when it has none. */
export function uniqueId(message: JsonObject): string | null {
  const id = message._unique_id
  return typeof id === 'string' && id !== '' ? id : null
}
