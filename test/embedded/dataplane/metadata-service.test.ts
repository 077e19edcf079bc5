import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MetadataService, startMetadataService } from '../../../src/embedded/dataplane/metadata-service.ts'
import { systemClock } from '../../../src/shared/index.ts'

const SECRET = 's3cret'
const ID = '11111111-aaaa-4000-8000-000000000001'
const signature = createHmac('sha256', SECRET).update(ID).digest('hex')
const right = { 'x-instance-id': ID, 'x-instance-id-signature': signature, 'x-tenant-id': 't1' }

let service: MetadataService
beforeAll(async () => {
  service = await startMetadataService({
    secret: SECRET,
    find: (id) =>
      id === ID ? { instanceId: ID, name: 'h1', projectId: 't1', addresses: ['fd00::5', '10.0.0.5'] } : null,
    clock: systemClock,
  })
})
afterAll(() => service.close())

async function get(
  path: string,
  headers: Record<string, string> = right,
  init: RequestInit = {},
): Promise<[number, string]> {
  const answer = await fetch(`http://${service.host}:${service.port}${path}`, { headers, ...init })
  return [answer.status, await answer.text()]
}

describe('the metadata service of the embedded Nova', () => {
  it('answers who is signed for', async () => {
    expect(await get('/latest/meta-data/instance-id')).toEqual([200, ID])
    expect(await get('/2009-04-04/meta-data/local-ipv4')).toEqual([200, '10.0.0.5'])
    expect((await get('/latest/meta-data/'))[1].split('\n')).toContain('hostname')
    expect(JSON.parse((await get('/openstack/latest/meta_data.json'))[1])).toMatchObject({ uuid: ID, project_id: 't1' })
    expect((await get('/latest/meta-data/constructor'))[0]).toBe(404)
  })

  it.each([
    ['no id', {}, 400],
    ['no signature', { 'x-instance-id': ID, 'x-tenant-id': 't1' }, 403],
    [
      'a wrong signature',
      { ...right, 'x-instance-id-signature': signature.replace(/^./, (c) => (c === '0' ? '1' : '0')) },
      403,
    ],
    ['a short signature', { ...right, 'x-instance-id-signature': signature.slice(2) }, 403],
    ['a wrong tenant', { ...right, 'x-tenant-id': 't2' }, 404],
  ])('refuses %s', async (_, headers, status) => {
    expect((await get('/latest/meta-data/instance-id', headers))[0]).toBe(status)
    expect(service.requests().at(-1)).toMatchObject({ status, signature_valid: status === 404 })
  })

  it('keeps a password that is posted', async () => {
    const path = '/openstack/2013-10-17/password'
    expect(await get(path, right, { method: 'POST', body: 'sealed' })).toEqual([200, ''])
    expect(await get(path)).toEqual([200, 'sealed'])
  })
})
