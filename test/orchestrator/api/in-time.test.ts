import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createApi } from '../../../src/orchestrator/api/server.ts'
import { depsOf } from './http.ts'
import { MemoryOrchestrator, numberedId, sampleResource } from './memory-port.ts'

/** Sends an action over a real socket; `leaveAfterMs` hangs up before the answer. */
function act(url: string, leaveAfterMs?: number): Promise<number | 'left'> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}/v1/resources/${numberedId(1)}/actions`,
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    asked.on('error', (error) => (leaveAfterMs === undefined ? reject(error) : resolve('left')))
    asked.end(JSON.stringify({ action: 'update' }))
    if (leaveAfterMs !== undefined) setTimeout(() => asked.destroy(), leaveAfterMs)
  })
}

describe('a slow answer', () => {
  it('pitfall D55: holds up nobody else', async () => {
    const port = new MemoryOrchestrator([sampleResource(1)])
    port.act = () => new Promise(() => {})
    const api = createApi(depsOf(port), { listen: '127.0.0.1', port: 0, closeGraceMs: 50 })
    const { url } = await api.listen()
    try {
      const slow = Array.from({ length: 50 }, () => act(url, 400))
      const started = performance.now()
      const health = await fetch(`${url}/healthz`)
      const list = await fetch(`${url}/v1/resources`)
      expect([health.status, list.status]).toEqual([200, 200])
      expect(performance.now() - started).toBeLessThan(1_500)
      await Promise.all(slow)
    } finally {
      await api.close()
    }
  })
})

describe('a request with a body', () => {
  it('keeps its signal while the work goes on, and loses it when the client goes', async () => {
    const port = new MemoryOrchestrator([sampleResource(1)])
    const resource = sampleResource(1)
    const signals: AbortSignal[] = []
    let finish: () => void = () => {}
    port.act = (_id, _request, signal) => {
      signals.push(signal)
      return new Promise((resolve) => {
        finish = () => resolve(resource)
      })
    }
    const api = createApi(depsOf(port), { listen: '127.0.0.1', port: 0 })
    const { url } = await api.listen()
    try {
      const answered = act(url)
      await expect.poll(() => signals.length).toBe(1)
      // The body has long been read by the next turns of the loop.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      expect(signals[0]?.aborted).toBe(false)
      finish()
      expect(await answered).toBe(202)

      const left = act(url, 20)
      await expect.poll(() => signals.length).toBe(2)
      expect(await left).toBe('left')
      await expect.poll(() => signals[1]?.aborted).toBe(true)
    } finally {
      await api.close()
    }
  })
})
