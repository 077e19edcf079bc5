import type { FastifyReply } from 'fastify'
import { AstaraError } from '../../shared/index.ts'

/** So long the orchestrator may take to accept something. */
const LIMIT_MS = 30_000

/**
 * Does work for a request that has a body, within the time and as long as the client is there. Fastify's own `request.signal` and handler
 * time-out end with the request's body, which is before such a handler has begun. What was accepted by then stays accepted.
 */
export async function inTime<T>(reply: FastifyReply, work: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
  const ending = new AbortController()
  const late = setTimeout(
    () => ending.abort(new AstaraError('timeout', `the orchestrator did not answer within ${LIMIT_MS / 1_000} s`)),
    LIMIT_MS,
  )
  const gone = (): void => {
    if (!reply.raw.writableFinished) ending.abort(new AstaraError('interrupted', 'the client has gone'))
  }
  reply.raw.once('close', gone)
  try {
    return await new Promise<T>((resolve, reject) => {
      ending.signal.addEventListener('abort', () => reject(ending.signal.reason), { once: true })
      Promise.resolve(work(ending.signal)).then(resolve, reject)
    })
  } finally {
    clearTimeout(late)
    reply.raw.off('close', gone)
  }
}
