import { PoisonMessageError } from '../types.ts'
import { decodeText, isObject, type JsonObject, parseJson } from './json.ts'

const VERSION = '2.0'

/**
 * Opens the envelope of oslo.messaging: version 2 (`{"oslo.version", "oslo.message": "<JSON text>"}`) or the bare message of version 1.
 * Throws PoisonMessageError with a reason that says what is wrong.
 */
export function openEnvelope(body: Buffer): JsonObject {
  const outer = parseJson(decodeText(body), 'the body')
  if (!isObject(outer)) throw new PoisonMessageError('not_an_object', 'the body is JSON, but not an object')
  const version = outer['oslo.version']
  const text = outer['oslo.message']
  if (version === undefined && text === undefined) return outer
  if (typeof version !== 'string' || !/^2\.\d+$/.test(version)) {
    throw new PoisonMessageError(
      'unknown_envelope',
      `oslo.version is ${JSON.stringify(version)?.slice(0, 40)}, not ${VERSION}`,
    )
  }
  if (typeof text !== 'string') throw new PoisonMessageError('bad_envelope', 'oslo.message is not a text')
  const inner = parseJson(text, 'oslo.message')
  if (!isObject(inner)) throw new PoisonMessageError('not_an_object', 'oslo.message is JSON, but not an object')
  return inner
}

/** Puts a message into an envelope of version 2. */
export function sealEnvelope(message: JsonObject): Buffer {
  return Buffer.from(JSON.stringify({ 'oslo.version': VERSION, 'oslo.message': JSON.stringify(message) }))
}
