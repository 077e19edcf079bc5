import { isUtf8 } from 'node:buffer'
import { messageOf } from '../../shared/index.ts'
import { PoisonMessageError } from '../types.ts'

/** A larger body is not even parsed. Neutron's largest honest messages (sync_routers replies) stay well below. */
export const MAX_BODY_BYTES = 5_000_000
/** Deeper JSON is refused: whoever walks it later must not overflow the stack. */
export const MAX_DEPTH = 100
/** Above this size the depth is counted before parsing, so that a bomb of brackets is never built. */
const SCAN_ABOVE = 65_536

/** A JSON object as parsed. */
export type JsonObject = Record<string, unknown>

/** True for a JSON object (not null, not a list). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Bytes to text: size and UTF-8 are checked. Throws PoisonMessageError. */
export function decodeText(body: Buffer): string {
  if (body.length === 0) throw new PoisonMessageError('empty', 'the message has no body')
  if (body.length > MAX_BODY_BYTES) {
    throw new PoisonMessageError('too_large', `the body has ${body.length} bytes, more than ${MAX_BODY_BYTES}`)
  }
  if (!isUtf8(body)) throw new PoisonMessageError('bad_utf8', 'the body is not UTF-8')
  return body.toString('utf8')
}

/** Depth of brackets outside of strings, cut short at `limit`. */
function bracketDepth(text: string, limit: number): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length && deepest <= limit; i++) {
    const c = text.charCodeAt(i)
    if (inString) {
      if (c === 0x5c) i++
      else if (c === 0x22) inString = false
    } else if (c === 0x22) inString = true
    else if (c === 0x5b || c === 0x7b) {
      depth++
      if (depth > deepest) deepest = depth
    } else if (c === 0x5d || c === 0x7d) depth--
  }
  return deepest
}

/**
 * Walks a parsed value once: refuses what is too deep, and removes own keys named `__proto__`, which would change the prototype of any
 * object that they are later assigned to.
 */
function clean(value: object, depth: number): void {
  if (depth > MAX_DEPTH) throw new PoisonMessageError('too_deep', `the JSON is nested deeper than ${MAX_DEPTH}`)
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) clean(item, depth + 1)
    return
  }
  const object = value as JsonObject
  for (const key of Object.keys(object)) {
    if (key === '__proto__') {
      delete object[key]
      continue
    }
    const item = object[key]
    if (typeof item === 'object' && item !== null) clean(item, depth + 1)
  }
}

/** Parses JSON text within the limits. `what` names it in the error. Throws PoisonMessageError. */
export function parseJson(text: string, what: string): unknown {
  if (text.length > SCAN_ABOVE && bracketDepth(text, MAX_DEPTH) > MAX_DEPTH) {
    throw new PoisonMessageError('too_deep', `${what} is nested deeper than ${MAX_DEPTH}`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new PoisonMessageError('not_json', `${what} is not JSON: ${messageOf(error).slice(0, 120)}`, { cause: error })
  }
  if (typeof value === 'object' && value !== null) clean(value, 1)
  return value
}
