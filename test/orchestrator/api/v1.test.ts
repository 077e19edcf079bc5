import { describe, expect, it } from 'vitest'
import { ActionAccepted, ErrorAnswer, ResourceAnswer, ResourceList, WorkerList } from '../../../src/contract/index.ts'
import { AstaraError } from '../../../src/shared/index.ts'
import { ask } from './http.ts'
import { IMAGE, METRICS_TEXT, MemoryOrchestrator, numberedId, sampleResource, TENANT_B } from './memory-port.ts'

const three = () =>
  new MemoryOrchestrator([
    sampleResource(3, { tenant_id: TENANT_B, instance_state: 'error' }),
    sampleResource(1),
    sampleResource(2, { driver: 'loadbalancer', name: 'lb' }),
  ])

describe('GET /v1/resources', () => {
  it('answers with the contract, in the order of ids', async () => {
    const { status, json } = await ask(three(), 'GET', '/v1/resources')
    expect(status).toBe(200)
    const list = ResourceList.parse(json)
    expect(list.resources.map((r) => r.name)).toEqual(['r1', 'lb', 'r3'])
    expect(list).toMatchObject({ next_marker: null, revision: 7 })
  })

  it.each([
    ['driver=loadbalancer', ['lb']],
    [`tenant_id=${TENANT_B}`, ['r3']],
    [`tenant_id=${TENANT_B.replaceAll('-', '')}`, ['r3']],
    ['instance_state=error', ['r3']],
    ['name=r1', ['r1']],
    ['name=r', []],
    ['id_prefix=0000000', ['r1', 'lb', 'r3']],
    ['id_prefix=00000003AAAA', ['r3']],
    ['driver=router&instance_state=configured', ['r1']],
  ])('filters by %s', async (query, names) => {
    const { json } = await ask(three(), 'GET', `/v1/resources?${query}`)
    expect(ResourceList.parse(json).resources.map((r) => r.name)).toEqual(names)
  })

  it.each([
    ['state=error', 'state'],
    ['driver=pony', 'driver'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=many', 'limit'],
    ['marker=../', 'marker'],
    ['tenant_id=*', 'tenant_id'],
    ['id_prefix=%2e%2e', 'id_prefix'],
    ['driver=router&driver=router', 'driver'],
  ])('refuses %s rather than answer with everything', async (query, field) => {
    const { status, json } = await ask(three(), 'GET', `/v1/resources?${query}`)
    expect(status).toBe(400)
    expect(ErrorAnswer.parse(json).error).toMatchObject({ code: 'bad_request' })
    expect(json.error?.message).toContain(field)
  })

  it('pages without gap or repetition while resources come and go', async () => {
    const port = new MemoryOrchestrator(Array.from({ length: 10 }, (_, i) => sampleResource(i + 1)))
    const names: string[] = []
    let marker: string | null = ''
    for (let page = 0; marker !== null; page++) {
      const { json } = await ask(port, 'GET', `/v1/resources?limit=3${marker ? `&marker=${marker}` : ''}`)
      const list = ResourceList.parse(json)
      names.push(...list.resources.map((r) => r.name))
      marker = list.next_marker
      if (page === 0) {
        port.table.delete(numberedId(1))
        port.table.delete(numberedId(3))
        port.table.set(numberedId(0), sampleResource(0))
      }
    }
    expect(names).toEqual(['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10'])
  })
})

describe('GET /v1/names', () => {
  it('names all there are at once, in the order of ids, and no more than is needed to choose', async () => {
    const port = new MemoryOrchestrator([
      sampleResource(3),
      sampleResource(2, { driver: 'loadbalancer', name: 'lb', instance_state: 'error' }),
      ...Array.from({ length: 1_500 }, (_, i) => sampleResource(i + 10)),
    ])
    const { names } = (await ask(port, 'GET', '/v1/names')).json as unknown as { names: unknown[] }
    expect(names).toHaveLength(1_502)
    expect(names.slice(0, 2)).toEqual([
      { id: numberedId(2), name: 'lb', driver: 'loadbalancer', instance_state: 'error' },
      { id: numberedId(3), name: 'r3', driver: 'router', instance_state: 'configured' },
    ])
    expect((await ask(port, 'GET', '/v1/names?driver=loadbalancer')).json.names).toHaveLength(1)
    expect((await ask(port, 'GET', '/v1/names?drivr=router')).status).toBe(400)
  })
})

describe('GET /v1/resources/{id}', () => {
  it('finds by id, in any spelling of a UUID', async () => {
    for (const id of [numberedId(1), numberedId(1).toUpperCase(), numberedId(1).replaceAll('-', '')]) {
      const { status, json } = await ask(three(), 'GET', `/v1/resources/${id}`)
      expect([status, ResourceAnswer.parse(json).resource.name]).toEqual([200, 'r1'])
    }
  })

  it('says 404 for one that is not there, in the one error shape', async () => {
    const { status, json } = await ask(three(), 'GET', `/v1/resources/${numberedId(99)}`)
    expect(status).toBe(404)
    expect(ErrorAnswer.parse(json).error).toMatchObject({ code: 'not_found' })
  })
})

describe('POST /v1/resources/{id}/actions', () => {
  it('queues the action and answers 202 with the resource', async () => {
    const port = three()
    const { status, json } = await ask(port, 'POST', `/v1/resources/${numberedId(1)}/actions`, {
      json: { action: 'rebuild', reason: 'stuck', image_uuid: IMAGE.toUpperCase() },
    })
    expect(status).toBe(202)
    expect(ActionAccepted.parse(json).resource.id).toBe(numberedId(1))
    expect(port.acted).toEqual([
      { id: numberedId(1), request: { action: 'rebuild', reason: 'stuck', imageUuid: IMAGE, driver: null, by: null } },
    ])
  })

  it('passes on who asks, decoded and harmless', async () => {
    const port = three()
    const headers = { 'x-astara-user': encodeURIComponent('ålice\u001b[2J') }
    await ask(port, 'POST', `/v1/resources/${numberedId(1)}/actions`, { json: { action: 'update' }, headers })
    expect(port.acted[0]?.request.by).toBe('ålice\\u001b[2J')
  })

  it.each([
    [{ action: 'explode' }],
    [{}],
    [{ action: 'rebuild', image_uuid: 'latest' }],
    [{ action: 'rebuild', imageuuid: IMAGE }],
    [{ action: 'update', image_uuid: IMAGE }],
    [{ action: 'update', reason: 'x'.repeat(1001) }],
    [[]],
    ['update'],
  ])('refuses %j and does nothing', async (json) => {
    const port = three()
    const answer = await ask(port, 'POST', `/v1/resources/${numberedId(1)}/actions`, { json })
    expect(answer.status).toBe(400)
    expect(port.acted).toEqual([])
  })

  it('passes on why the orchestrator refused', async () => {
    const port = new MemoryOrchestrator([
      sampleResource(1, {
        debug: { scope: 'resource', reason: 'looking', since: '2026-01-01T00:00:00.000Z', by: null },
      }),
    ])
    const { status, json } = await ask(port, 'POST', `/v1/resources/${numberedId(1)}/actions`, {
      json: { action: 'update' },
    })
    expect(status).toBe(409)
    expect(json.error).toMatchObject({ code: 'refused', details: { reason: 'looking' } })
  })
})

describe('the rest of /v1', () => {
  it('polls everything', async () => {
    const port = three()
    const { status, json } = await ask(port, 'POST', '/v1/poll')
    expect([status, json]).toEqual([202, { accepted: true, resources: 3 }])
    expect(port.polls).toBe(1)
  })

  it('shows the workers', async () => {
    const { json } = await ask(three(), 'GET', '/v1/workers')
    expect(WorkerList.parse(json).workers).toHaveLength(1)
  })

  it('tells whether it lives, whether it is ready and why not', async () => {
    const port = three()
    expect((await ask(port, 'GET', '/healthz')).status).toBe(200)
    expect((await ask(port, 'GET', '/readyz')).status).toBe(200)
    port.readiness = { ready: false, reasons: ['the bus is not connected', 'the first reconcile is under way'] }
    const { status, json } = await ask(port, 'GET', '/readyz')
    expect(status).toBe(503)
    expect(ErrorAnswer.parse(json).error.message).toBe('the bus is not connected; the first reconcile is under way')
  })

  it('serves the metrics', async () => {
    const { text, headers } = await ask(three(), 'GET', '/metrics')
    expect(text).toBe(METRICS_TEXT)
    expect(headers['content-type']).toContain('version=0.0.4')
  })
})

describe('errors', () => {
  it('answers a bug with a reference only: no message, no stack', async () => {
    const port = three()
    port.hook = () => Promise.reject(new Error('secret detail at /srv/x.ts:1'))
    const { status, text, json } = await ask(port, 'GET', '/v1/resources')
    expect(status).toBe(500)
    expect(json.error?.code).toBe('failed')
    expect(text).not.toMatch(/secret|stack|\.ts|at /)
  })

  it('masks credentials in a foreseen error', async () => {
    const port = three()
    port.hook = () => Promise.reject(new AstaraError('unavailable', 'no bus at rabbit://u:hush@h:5672'))
    const { status, text } = await ask(port, 'GET', '/v1/workers')
    expect(status).toBe(503)
    expect(text).not.toContain('hush')
  })

  it('answers 504 when the orchestrator takes too long, and tells it', async () => {
    const port = three()
    let aborted = false
    port.hook = (signal) =>
      new Promise((resolve) => {
        signal?.addEventListener('abort', () => {
          aborted = true
          resolve()
        })
      })
    const { status, json } = await ask(port, 'POST', `/v1/resources/${numberedId(1)}/actions`, {
      json: { action: 'update' },
    })
    expect([status, json.error?.code, aborted]).toEqual([504, 'timeout', true])
  })

  it.each([
    ['GET', '/v2/resources', 404],
    ['DELETE', '/v1/resources', 405],
    ['PUT', '/v1/resources', 405],
    ['PUT', '/v1/nothing', 404],
    ['GET', '/v1/poll', 405],
    ['OPTIONS', '/v1/poll', 405],
    ['GET', '/%zz', 400],
  ] as const)('%s %s is %d in the one error shape', async (method, url, expected) => {
    const { status, json } = await ask(three(), method, url, { headers: { 'x-astara-client': 'test' } })
    expect(status).toBe(expected)
    expect(ErrorAnswer.safeParse(json).success).toBe(true)
  })

  it('names what is allowed where the method is wrong', async () => {
    expect(
      (await ask(three(), 'DELETE', '/v1/resources', { headers: { 'x-astara-client': 'test' } })).headers.allow,
    ).toBe('GET, HEAD')
    expect((await ask(three(), 'GET', '/poll/')).headers.allow).toBe('PUT')
  })
})
