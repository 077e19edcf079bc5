import { describe, expect, test } from 'vitest'
import {
  callsOf,
  gatherRequests,
  noteRequest,
  type OutsideRequest,
} from '../../../src/orchestrator/instances/requests.ts'

const request = (n: number, more: Partial<OutsideRequest> = {}): OutsideRequest => ({
  service: 'neutron',
  method: 'GET',
  pathTemplate: '/v2.0/ports',
  status: 200,
  requestId: `req-${n}`,
  startedAt: n * 10,
  endedAt: n * 10 + 5,
  ...more,
})

describe('requests of a piece of work', () => {
  test('are its own, however much runs at the same time', async () => {
    const ids = new Map<string, (string | null)[]>()
    const work = (name: string) =>
      gatherRequests(
        async () => {
          noteRequest(request(0, { requestId: `${name}-0` }))
          await new Promise((resolve) => setImmediate(resolve))
          noteRequest(request(1, { requestId: `${name}-1` }))
        },
        (requests) =>
          ids.set(
            name,
            requests.map(({ requestId }) => requestId),
          ),
      )
    await Promise.all(['a', 'b', 'c'].map(work))
    expect(Object.fromEntries(ids)).toEqual({ a: ['a-0', 'a-1'], b: ['b-0', 'b-1'], c: ['c-0', 'c-1'] })
  })

  test('what comes of it after its end belongs to nobody', async () => {
    let gathered: readonly OutsideRequest[] = []
    let later: Promise<void> = Promise.resolve()
    await gatherRequests(
      () => {
        later = new Promise<void>((resolve) => setImmediate(resolve)).then(() => noteRequest(request(1)))
        return Promise.resolve()
      },
      (requests) => {
        gathered = requests
      },
    )
    await later
    expect(gathered).toEqual([])
  })

  test('are told when it fails, with its error', async () => {
    const boom = new Error('boom')
    const told: unknown[] = []
    await expect(
      gatherRequests(
        () => {
          noteRequest(request(1))
          return Promise.reject(boom)
        },
        (requests, error) => told.push(requests.length, error),
      ),
    ).rejects.toBe(boom)
    expect(told).toEqual([1, boom])
  })
})

describe('callsOf', () => {
  test('pages and tries are one call from the first to the last, answered by the last', () => {
    const calls = callsOf([request(1, { status: 503 }), request(2), request(4)], false)
    expect(calls).toMatchObject([{ status: 200, requestId: 'req-4', durationMs: 35, requests: 3, shared: false }])
  })

  test('when the work failed, the request that did is the answer, whichever came last', () => {
    const calls = callsOf([request(1, { status: 500 }), request(2)], true)
    expect(calls).toMatchObject([{ status: 500, requestId: 'req-1', requests: 2 }])
  })

  test('different paths are different calls', () => {
    const calls = callsOf([request(1), request(2, { pathTemplate: '/v2.0/routers', shared: true })], false)
    expect(calls.map(({ pathTemplate, shared }) => [pathTemplate, shared])).toEqual([
      ['/v2.0/ports', false],
      ['/v2.0/routers', true],
    ])
  })
})
