import { type MessageContext, PoisonMessageError, type RemoteError, type RpcRequest, type RpcTarget } from '../types.ts'
import { openEnvelope, sealEnvelope } from './envelope.ts'
import { formatFailure, parseFailure } from './failure.ts'
import { hexId, readContext, requiredText, textField, uniqueId, writeContext } from './fields.ts'
import { isObject, type JsonObject } from './json.ts'

/** A request as received: what the endpoint gets, and where the answer goes. */
export interface ReceivedRequest {
  readonly request: RpcRequest
  readonly uniqueId: string | null
  readonly reply: { readonly msgId: string; readonly queue: string } | null
}

/** Reads a call or a cast. Throws PoisonMessageError. */
export function parseRequest(body: Buffer): ReceivedRequest {
  const message = openEnvelope(body)
  const args = message.args ?? {}
  if (!isObject(args)) throw new PoisonMessageError('bad_field', 'args is not an object')
  const msgId = textField(message, '_msg_id', '')
  const queue = textField(message, '_reply_q', '')
  const reply = msgId !== '' && queue !== '' ? { msgId, queue } : null
  return {
    uniqueId: uniqueId(message),
    reply,
    request: {
      method: requiredText(message, 'method'),
      args,
      version: textField(message, 'version', '1.0'),
      namespace: textField(message, 'namespace', '') || null,
      context: readContext(message),
      expectsReply: reply !== null,
    },
  }
}

/** A request to be sent. */
export interface OutgoingRequest {
  readonly target: RpcTarget
  readonly method: string
  readonly args: Readonly<Record<string, unknown>>
  readonly context?: MessageContext | undefined
  /** For a call. */
  readonly reply?: { readonly msgId: string; readonly queue: string }
}

/** The bytes of a call or cast, key by key as oslo.messaging's. */
export function formatRequest(outgoing: OutgoingRequest): Buffer {
  const message: JsonObject = { method: outgoing.method, args: outgoing.args }
  if (outgoing.target.namespace !== undefined) message.namespace = outgoing.target.namespace
  message.version = outgoing.target.version ?? '1.0'
  if (outgoing.reply) {
    message._msg_id = outgoing.reply.msgId
    message._reply_q = outgoing.reply.queue
    message._timeout = null
  }
  message._unique_id = hexId()
  writeContext(message, outgoing.context)
  return sealEnvelope(message)
}

/** The bytes of an answer: one message carries the result (or the failure) and the end. */
export function formatReply(msgId: string, outcome: { result: unknown } | { failure: unknown }): Buffer {
  const failed = 'failure' in outcome
  return sealEnvelope({
    result: failed ? null : (outcome.result ?? null),
    failure: failed ? formatFailure(outcome.failure) : null,
    ending: true,
    _msg_id: msgId,
    _unique_id: hexId(),
  })
}

/** An answer as received. */
export interface ReceivedReply {
  readonly msgId: string
  readonly uniqueId: string | null
  readonly result: unknown
  readonly failure: RemoteError | null
  /** False for what precedes the end: a part of an old peer's answer, or its sign of life. */
  readonly ending: boolean
}

/** Reads an answer. Throws PoisonMessageError. */
export function parseReply(body: Buffer): ReceivedReply {
  const message = openEnvelope(body)
  return {
    msgId: requiredText(message, '_msg_id'),
    uniqueId: uniqueId(message),
    result: message.result ?? null,
    failure: message.failure === undefined || message.failure === null ? null : parseFailure(message.failure),
    ending: message.ending === true,
  }
}

/** oslo's rule: same major, and the minor asked for is not above the one implemented. */
export function isCompatible(implemented: string, requested: string): boolean {
  const [major = Number.NaN, minor = 0] = implemented.split('.').map(Number)
  const [wantedMajor = Number.NaN, wantedMinor = 0] = requested.split('.').map(Number)
  return wantedMajor === major && wantedMinor <= minor
}
