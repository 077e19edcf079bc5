import { describe, expect, it } from 'vitest'
import { ErrorAnswer, ResourceAnswer, WorkerList } from '../../../src/contract/index.ts'
import { ask } from './http.ts'
import { IMAGE, MemoryOrchestrator, numberedId, sampleResource, TENANT_A } from './memory-port.ts'

const ID = numberedId(1)
const two = () => new MemoryOrchestrator([sampleResource(1), sampleResource(2, { driver: 'loadbalancer' })])

describe("the original's PUT paths", () => {
  it.each(['/poll', '/poll/', '//poll//'])('%s polls', async (path) => {
    const port = two()
    expect((await ask(port, 'PUT', path)).status).toBe(200)
    expect(port.polls).toBe(1)
  })

  it.each(['/workers/debug', '/workers/debug/'])('%s shows the workers', async (path) => {
    const { status, json } = await ask(two(), 'PUT', path)
    expect([status, WorkerList.parse(json).workers.length]).toEqual([200, 1])
  })

  it.each([
    [`/router/update/${ID}`, 'update', 'router'],
    [`/router/rebuild/${ID}/`, 'rebuild', 'router'],
    [`/router/rebuild/${ID.replaceAll('-', '')}`, 'rebuild', 'router'],
    [`/resource/update/${ID}/`, 'update', null],
    [`/resource/rebuild/${ID}`, 'rebuild', null],
    [`/router/debug/${ID}`, 'debug', 'router'],
    [`/resource/manage/${ID}`, 'manage', null],
  ])('%s acts', async (path, action, driver) => {
    const port = two()
    const { status, json } = await ask(port, 'PUT', path)
    expect([status, ResourceAnswer.parse(json).resource.id]).toEqual([200, ID])
    expect(port.acted).toEqual([{ id: ID, request: { action, driver, imageUuid: null, reason: null, by: null } }])
  })

  it.each([
    ['query', `?router_image_uuid=${IMAGE}&reason=new%20image`, undefined],
    ['body', '', { resource_image_uuid: IMAGE, reason: 'new image' }],
    ['path', `/--router_image_uuid/${IMAGE}/--reason=new%20image`, undefined],
    ['body before query', `?image_uuid=${TENANT_A}`, { image_uuid: IMAGE, reason: 'new image' }],
  ])('pitfall D32: a custom image arrives, from the %s', async (_where, suffix, json) => {
    const port = two()
    const { status } = await ask(port, 'PUT', `/router/rebuild/${ID}${suffix}`, json ? { json } : {})
    expect(status).toBe(200)
    expect(port.acted[0]?.request).toMatchObject({ imageUuid: IMAGE, reason: 'new image' })
  })

  it('takes the commands that are not about a resource', async () => {
    const port = two()
    await ask(port, 'PUT', `/tenant/debug/${TENANT_A}?reason=look`)
    await ask(port, 'PUT', `/tenant/manage/${TENANT_A}`)
    await ask(port, 'PUT', '/global/debug/enable')
    await ask(port, 'PUT', '/config/reload/')
    expect(port.debugOrders).toEqual([
      { target: { scope: 'tenant', id: TENANT_A }, order: { enabled: true, reason: 'look', by: null } },
      { target: { scope: 'tenant', id: TENANT_A }, order: { enabled: false, reason: null, by: null } },
      { target: { scope: 'global' }, order: { enabled: true, reason: null, by: null } },
    ])
    expect(port.reloads).toEqual([null])
  })

  it.each([
    ['/', 404],
    ['/router', 404],
    ['/router/explode/x', 404],
    ['/nothing/here', 404],
    [`/router/update/${numberedId(99)}`, 404],
    [`/router/update/${numberedId(2)}`, 404],
    ['/router/update', 400],
    ['/router/update/short', 400],
    [`/router/update/${ID}/and/more`, 400],
    [`/router/update/${ID}?image_uuid=${IMAGE}`, 400],
    [`/router/rebuild/${ID}?image_uuid=latest`, 400],
    [`/router/rebuild/${ID}?force=1`, 400],
    [`/router/rebuild/${ID}?reason=${'x'.repeat(1001)}`, 400],
    [`/router/rebuild/${ID}/--reason`, 400],
    ['/global/debug/perhaps', 400],
    ['/router/debug/*', 400],
    ['/tenant/debug/error', 400],
    ['/browse', 501],
    [`/ssh/${ID}`, 501],
    [`/router/ssh/${ID}`, 501],
  ])('%s is answered %d', async (path, expected) => {
    const port = two()
    const { status, json } = await ask(port, 'PUT', path)
    expect([path, status]).toEqual([path, expected])
    expect(ErrorAnswer.safeParse(json).success).toBe(true)
    expect([port.acted, port.commands]).toEqual([[], []])
  })

  it.each(['GET', 'POST', 'DELETE'] as const)('%s on a command is 405', async (method) => {
    for (const path of ['/poll/', `/router/rebuild/${ID}`, '/workers/debug', '/router/rebuild']) {
      const { status, json } = await ask(two(), method, path, { headers: { 'x-astara-client': 'test' } })
      expect([path, status, json.error?.code]).toEqual([path, 405, 'method_not_allowed'])
    }
  })

  it.each(['*', 'error'])('pitfall D54: %s hits everything only when that is said', async (target) => {
    const port = two()
    const refused = await ask(port, 'PUT', `/router/rebuild/${target}`)
    expect([refused.status, port.commands]).toEqual([400, []])
    expect(refused.json.error?.message).toContain('yes=true')

    const accepted = await ask(port, 'PUT', `/router/rebuild/${target}?yes=true&reason=upgrade`)
    expect([accepted.status, accepted.json]).toEqual([200, { accepted: true, resources: 2 }])
    expect(port.commands).toEqual([
      {
        kind: 'resource',
        driver: 'router',
        resourceId: target,
        tenantId: '*',
        tenantFrom: 'payload',
        action: 'rebuild',
        priority: 'operator',
        source: 'api',
        type: 'router-rebuild',
        hints: null,
        imageUuid: null,
        reason: 'upgrade',
        by: null,
        force: true,
      },
    ])
  })

  it('pitfall D29: resource commands take wildcards too, for any driver', async () => {
    const port = two()
    await ask(port, 'PUT', '/resource/update/*', { json: { yes: true } })
    expect(port.commands).toMatchObject([{ driver: null, resourceId: '*', action: 'update', type: 'resource-update' }])
  })
})
