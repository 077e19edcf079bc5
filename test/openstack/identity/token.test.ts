import { afterEach, expect, it, vi } from 'vitest'
import { ManualClock } from '../../support/manual-clock.ts'
import { connect, startCloud } from '../support/fake-cloud.ts'

const TOKENS = 'POST /identity/v3/auth/tokens'

afterEach(() => vi.unstubAllEnvs())

it.each([
  ['New York', 'America/New_York'],
  ['Tokyo', 'Asia/Tokyo'],
])(
  'in %s too, an end without a zone is UTC, as Keystone says it for application credentials that end',
  async (_, zone) => {
    vi.stubEnv('TZ', zone)
    expect(new Date(2026, 0, 1).getTimezoneOffset()).not.toBe(0)
    const cloud = await startCloud()
    cloud.on(TOKENS, () => ({
      status: 201,
      headers: { 'x-subject-token': 'a-token' },
      body: {
        token: {
          user: { id: 'user-1' },
          issued_at: '2026-11-22T20:50:00.000000Z',
          expires_at: '2026-11-22T20:51:00',
          catalog: cloud.catalog,
        },
      },
    }))
    cloud.on('GET /network/v2.0/ports', () => ({ status: 200, body: { ports: [] } }))
    const clock = new ManualClock()
    const { neutron } = connect(cloud, { clock })
    await neutron.listPorts()
    clock.jump(30_000)
    await neutron.listPorts()
    expect(cloud.count(TOKENS)).toBe(1)
    clock.jump(31_000)
    await neutron.listPorts()
    expect(cloud.count(TOKENS)).toBe(2)
  },
)
