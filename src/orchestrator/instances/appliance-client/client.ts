import { Agent } from 'undici'
import {
  type ApplianceConfig,
  type ApplianceInterface,
  InterfacesAnswer,
  type LabelCounter,
  LabelsAnswer,
} from '../../../contract/index.ts'
import { AstaraError, type Clock, messageOf, onAbort } from '../../../shared/index.ts'
import { noteRequest } from '../requests.ts'
import { applianceOrigin, managementPrefix } from './address.ts'
import { readBounded } from './body.ts'
import { ApplianceError, parseJson, reasonOf } from './errors.ts'
import { knock } from './knock.ts'
import { Sight } from './sight.ts'

/** One appliance: its management address and the port of its API. */
export interface ApplianceTarget {
  readonly address: string
  readonly port: number
}

interface ApplianceCallOptions {
  readonly signal?: AbortSignal
}

/** The REST API of appliances. Every method throws the signal's reason when it aborts. */
export interface ApplianceClient {
  /** True when this address may be an appliance's (it lies inside the management prefix). */
  permits(address: string): boolean
  /**
   * One question: does it answer 200 in time (`alive_timeout`, or less)? Any failure is a no, except one of this machine's own: then it
   * throws ApplianceError with `blind`.
   */
  alive(target: ApplianceTarget, options?: ApplianceCallOptions & { readonly timeoutMs?: number }): Promise<boolean>
  /** Throws ApplianceError. */
  interfaces(target: ApplianceTarget, options?: ApplianceCallOptions): Promise<readonly ApplianceInterface[]>
  /** One push. Throws ApplianceError; `rejected` says whether the appliance refused the content. */
  configure(target: ApplianceTarget, config: ApplianceConfig, options?: ApplianceCallOptions): Promise<void>
  /** Traffic counters since the last call; null when the appliance has none (404). Throws ApplianceError. */
  readLabels(target: ApplianceTarget, options?: ApplianceCallOptions): Promise<readonly LabelCounter[] | null>
  close(): Promise<void>
}

interface ApplianceClientOptions {
  readonly clock: Clock
  /** CIDR. */
  readonly managementPrefix: string
  /** Used as it is: no slash is added or removed, redirects are not followed. */
  readonly alivePath: string
  readonly aliveTimeoutMs: number
  readonly configTimeoutMs: number
  /** For everything else, milliseconds. */
  readonly timeoutMs?: number
  /** Answers longer than this are cut off and count as failures. */
  readonly maxBytes?: number
  /** For tests. */
  readonly sight?: Sight
}

interface Request {
  readonly method: 'GET' | 'PUT' | 'POST'
  readonly path: string
  readonly timeoutMs: number
  readonly body?: string
}

/**
 * Talks to appliances directly: no proxy, no redirects, and each call has a limit in time and bytes, so that a hostile or broken appliance
 * hurts nobody but itself.
 */
export function createApplianceClient(options: ApplianceClientOptions): ApplianceClient {
  const { clock, alivePath, timeoutMs = 30_000, maxBytes = 1_048_576, sight = new Sight() } = options
  if (!/^\/[\x21-\x7e]*$/.test(alivePath)) {
    throw new AstaraError('bad_config', `alive_path ${JSON.stringify(alivePath)} must begin with / and hold no spaces`)
  }
  const permits = managementPrefix(options.managementPrefix)
  // Limits in time are kept by this client itself (the injected clock); one health period later a connection would be stale anyway.
  const agent = new Agent({
    connections: 2,
    pipelining: 1,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 10_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    // An attempt outlives the call that began it: without a limit of its own it would keep later calls waiting for a dead handshake.
    connect: { timeout: Math.max(1_000, options.aliveTimeoutMs) },
    maxHeaderSize: 16_384,
  })

  /** To be told once how a request ends that begins now. */
  function noting(method: string, path: string): (status: number | string) => void {
    const startedAt = clock.monotonic()
    let told = false
    return (status) => {
      if (told) return
      told = true
      const endedAt = clock.monotonic()
      noteRequest({ service: 'appliance', method, pathTemplate: path, status, requestId: null, startedAt, endedAt })
    }
  }

  async function send(
    target: ApplianceTarget,
    request: Request,
    signal: AbortSignal | undefined,
    whenOk: 'read' | 'drop',
  ): Promise<{ readonly status: number; readonly text: string }> {
    const { method, path, body } = request
    const what = `${method} ${path}`
    if (!permits(target.address)) {
      throw new ApplianceError(what, { status: null, reason: `${target.address} lies outside management_prefix` })
    }
    signal?.throwIfAborted()
    const note = noting(method, path)
    const limit = new AbortController()
    let late = false
    const timer = clock.after(
      request.timeoutMs,
      () => {
        late = true
        limit.abort()
      },
      { unref: true },
    )
    const callOff = signal && onAbort(signal, () => limit.abort(signal.reason))
    try {
      const response = await agent.request({
        origin: applianceOrigin(target.address, target.port),
        path,
        method,
        signal: limit.signal,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        body: body ?? null,
      })
      const status = response.statusCode
      note(status)
      if (status === 200 && whenOk === 'drop') {
        // A short body is read to its end so that the connection can be used again; a long one is cut off.
        await readBounded(response.body, 65_536).catch(() => signal?.throwIfAborted())
        return { status, text: '' }
      }
      return { status, text: await readBounded(response.body, status === 200 ? maxBytes : 65_536) }
    } catch (error) {
      note(late ? 'no answer in time' : messageOf(error))
      signal?.throwIfAborted()
      if (late) {
        throw new ApplianceError(what, {
          status: null,
          reason: `no answer within ${request.timeoutMs} ms`,
          timedOut: true,
        })
      }
      throw new ApplianceError(what, { status: null, reason: messageOf(error), cause: error })
    } finally {
      timer.cancel()
      callOff?.()
    }
  }

  async function ask(
    target: ApplianceTarget,
    request: Request,
    signal?: AbortSignal,
    whenOk: 'read' | 'drop' = 'read',
  ) {
    const { status, text } = await send(target, request, signal, whenOk)
    if (status === 200) return text
    throw new ApplianceError(`${request.method} ${request.path}`, { status, reason: reasonOf(text) })
  }

  return {
    permits,
    alive: async ({ address, port }, { signal, timeoutMs: limitMs = options.aliveTimeoutMs } = {}) => {
      signal?.throwIfAborted()
      if (!permits(address)) return false
      const note = noting('GET', alivePath)
      const { status, from, code } = await knock(clock, { address, port, path: alivePath, timeoutMs: limitMs }, signal)
      note(status ?? code ?? 'no answer in time')
      if (status !== null) {
        sight.reached(from)
        return status === 200
      }
      const reason = sight.blindness(code)
      if (reason !== null) throw new ApplianceError('GET alive', { status: null, reason, blind: true })
      return false
    },
    interfaces: async (target, { signal } = {}) => {
      const path = '/v1/system/interfaces'
      const answer = InterfacesAnswer.safeParse(
        parseJson(await ask(target, { method: 'GET', path, timeoutMs }, signal)),
      )
      if (!answer.success) {
        throw new ApplianceError(`GET ${path}`, { status: null, reason: 'the answer is not a list of interfaces' })
      }
      return answer.data.interfaces
    },
    configure: async (target, config, { signal } = {}) => {
      const body = JSON.stringify(config)
      const request: Request = {
        method: 'PUT',
        path: '/v1/system/config',
        timeoutMs: options.configTimeoutMs,
        body,
      }
      await ask(target, request, signal, 'drop')
    },
    readLabels: async (target, { signal } = {}) => {
      const path = '/v1/firewall/labels'
      const { status, text } = await send(target, { method: 'POST', path, timeoutMs }, signal, 'read')
      if (status === 404 || status === 405) return null
      if (status !== 200) throw new ApplianceError(`POST ${path}`, { status, reason: reasonOf(text) })
      const answer = LabelsAnswer.safeParse(parseJson(text))
      if (!answer.success)
        throw new ApplianceError(`POST ${path}`, { status: null, reason: 'the answer is not labels' })
      return answer.data.labels
    },
    close: () => agent.destroy(),
  }
}
