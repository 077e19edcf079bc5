import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { connectAmqp, type OrchestratorClient } from '../../../src/client/index.ts'
import { systemClock } from '../../../src/shared/index.ts'
import { type PythonPeer, startPython } from '../../support/python-peer.ts'

const missing = inject('osloMissing')
const url = inject('amqpUrl')
const PEER = join(import.meta.dirname, '../messaging/peer.py')
const ID = '5f3c9d10-aaaa-4bbb-8ccc-0123456789ab'
const TENANT = '11111111-1111-4111-8111-111111111111'

describe.skipIf(missing !== '')(`ctl over RabbitMQ${missing && ` (SKIPPED: ${missing})`}`, () => {
  let peer: PythonPeer
  let client: OrchestratorClient
  afterEach(async () => {
    await client.close()
    await peer.stop()
  })

  test("an orchestrator that listens with Python's oslo.messaging, as the original does, hears every command", async () => {
    const exchange = `neutron-ctl-${process.pid}`
    peer = startPython(PEER, ['listen', url, exchange, `astara.notifications.ctl-${process.pid}`])
    await peer.line((line) => line.ready === true)
    client = await connectAmqp({
      transportUrl: url,
      exchange,
      topic: 'notifications',
      timeoutMs: 20_000,
      clock: systemClock,
    })
    await client.poll()
    await client.act(ID, { action: 'rebuild', tenantId: TENANT })
    await client.actOnMany('error', { action: 'update', driver: 'router' })
    const last = await peer.line((line) => JSON.stringify(line.payload ?? '').includes('router-update'))
    const heard = peer.lines.filter((line) => line.event_type === 'astara.command')
    const by = userInfo().username
    expect(heard.map((line) => line.payload)).toEqual([
      { by, command: 'poll' },
      { by, command: 'router-rebuild', router_id: ID, tenant_id: TENANT },
      { by, command: 'router-update', router_id: 'error', tenant_id: 'error' },
    ])
    expect(last).toMatchObject({ priority: 'info', publisher_id: expect.stringMatching(/^astara-ctl\./) })
  })
})
