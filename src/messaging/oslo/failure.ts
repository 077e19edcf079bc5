import { messageOf } from '../../shared/index.ts'
import { RemoteError } from '../types.ts'
import { isObject, type JsonObject, parseJson } from './json.ts'

const DISPATCHER = 'oslo_messaging.rpc.dispatcher'

/** The method is unknown to every endpoint. Text as oslo.messaging's (captures: rpc/06). */
export function noSuchMethod(method: string): RemoteError {
  const message = `Endpoint does not support RPC method ${method}`
  return new RemoteError({ className: 'NoSuchMethod', module: DISPATCHER, message, args: [message] })
}

/** No endpoint answers this version (or namespace). Text as oslo.messaging's (captures: rpc/08). */
export function unsupportedVersion(version: string, method: string): RemoteError {
  const message = `Endpoint does not support RPC version ${version}. Attempted method: ${method}`
  return new RemoteError({ className: 'UnsupportedVersion', module: DISPATCHER, message, args: [message] })
}

/**
 * What a handler threw, as the JSON text of a failure. A RemoteError keeps its class; anything else becomes Python's plain `Exception`,
 * which every oslo.messaging client can build. Our stack stays with us.
 */
export function formatFailure(error: unknown): string {
  const remote =
    error instanceof RemoteError
      ? error
      : new RemoteError({
          className: 'Exception',
          module: 'builtins',
          message: messageOf(error),
          args: [messageOf(error)],
        })
  return JSON.stringify({
    class: remote.className,
    module: remote.module,
    message: remote.message,
    tb: remote.traceback.length > 0 ? remote.traceback : [`${remote.module}.${remote.className}: ${remote.message}\n`],
    args: remote.args,
    kwargs: {},
  })
}

function describe(failure: unknown): JsonObject {
  if (isObject(failure)) return failure
  if (typeof failure !== 'string') return { message: String(failure) }
  try {
    const parsed = parseJson(failure, 'the failure')
    return isObject(parsed) ? parsed : { message: failure }
  } catch {
    return { message: failure }
  }
}

/** The far side's failure as an error. Never throws: a failure that cannot be read is still a failure. */
export function parseFailure(failure: unknown): RemoteError {
  const fields = describe(failure)
  const text = (key: string, fallback: string): string => (typeof fields[key] === 'string' ? fields[key] : fallback)
  return new RemoteError({
    className: text('class', 'Exception'),
    module: text('module', ''),
    message: text('message', ''),
    args: Array.isArray(fields.args) ? fields.args : [],
    traceback: Array.isArray(fields.tb) ? fields.tb.map(String) : [],
  })
}
