import { afterAll, beforeAll, expect, it } from 'vitest'
import { ManualClock } from '../../support/manual-clock.ts'
import { request, startTestCloud, type TestCloud } from '../support.ts'

const clock = new ManualClock()
let test: TestCloud
beforeAll(async () => {
  test = await startTestCloud({ clock })
})
afterAll(() => test.stop())

it('a token ends with the application credential it comes from, which ends by itself', async () => {
  const { service } = test
  const path = `/v3/users/${service.userId}/application_credentials`
  const make = (expires_at: string) =>
    service.call('keystone', 'POST', path, { application_credential: { name: 'brief', secret: 's', expires_at } })
  expect((await make('2020-01-01T00:00:00')).body.error.message).toMatch(/^The 'expires_at' must not be before now\./)
  expect((await make('soon')).body.error.message).toMatch(/^Timestamp not in expected format\./)

  const end = new Date(clock.now() + 60_000).toISOString().slice(0, 19)
  const made = (await make(end)).body.application_credential
  expect(made.expires_at).toBe(`${end}.000000`)
  const logIn = () =>
    request('POST', `${test.cloud.keystoneUrl}/v3/auth/tokens`, {
      auth: {
        identity: { methods: ['application_credential'], application_credential: { id: made.id, secret: 's' } },
      },
    })
  const token = (await logIn()).headers.get('x-subject-token') ?? ''
  const networks = async (): Promise<number> =>
    (await request('GET', `${test.cloud.endpoints.neutron}/v2.0/networks`, undefined, { 'X-Auth-Token': token })).status
  expect(await networks()).toBe(200)
  clock.jump(60_000)
  expect(await networks()).toBe(401)
  expect((await logIn()).status).toBe(401)
})
