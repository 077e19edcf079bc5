import { describe, expect, it } from 'vitest'
import { commandToEvents, notificationToEvents } from '../../../src/orchestrator/events/index.ts'
import { ROUTERS, uuid } from './support.ts'

const id = uuid(1)
const tenant = uuid(2)

describe('astara.command', () => {
  it.each([
    ['poll', {}, { kind: 'resource', action: 'poll', driver: null, resourceId: '*', tenantId: '*' }],
    ['workers-debug', {}, { kind: 'command' }],
    ['config-reload', {}, { kind: 'command' }],
    [
      'router-update',
      { router_id: id, tenant_id: tenant },
      { action: 'update', driver: 'router', resourceId: id, tenantId: tenant },
    ],
    ['router-update', { router_id: '*' }, { action: 'update', resourceId: '*', tenantId: '*' }],
    [
      'router-rebuild',
      { router_id: 'error', tenant_id: 'error' },
      { action: 'rebuild', resourceId: 'error', tenantId: '*', tenantFrom: 'none' },
    ],
    [
      'resource-update',
      { resource_id: id, tenant_id: '*' },
      { action: 'update', driver: null, resourceId: id, tenantId: '*', tenantFrom: 'none' },
    ],
    [
      'resource-rebuild',
      { resource_id: id, reason: 'new image' },
      { action: 'rebuild', driver: null, reason: 'new image' },
    ],
    ['router-debug', { router_id: id, reason: 'r' }, { command: 'resource-debug', resourceId: id, reason: 'r' }],
    ['router-manage', { router_id: id }, { command: 'resource-manage', resourceId: id }],
    ['resource-debug', { resource_id: id }, { command: 'resource-debug', resourceId: id }],
    ['resource-manage', { resource_id: id }, { command: 'resource-manage', resourceId: id }],
    ['tenant-debug', { tenant_id: tenant }, { command: 'tenant-debug', tenantId: tenant }],
    ['tenant-manage', { tenant_id: tenant }, { command: 'tenant-manage', tenantId: tenant }],
    ['global-debug', { enabled: 1, reason: 'r' }, { command: 'global-debug', enabled: true, reason: 'r' }],
    ['global-debug', { enabled: 0 }, { command: 'global-debug', enabled: false }],
    ['global-debug', { enabled: '1' }, { command: 'global-debug', enabled: true }],
  ])('%s %j', (command, payload, expected) => {
    const input = { eventType: 'astara.command', payload: { command, ...payload }, context: {} }
    expect(notificationToEvents(input, ROUTERS).events).toMatchObject([expected])
  })

  it('does what an operator asks for even when nothing has changed, and before all else', () => {
    const { events } = commandToEvents({ command: 'router-update', router_id: id })
    expect(events).toMatchObject([{ force: true, priority: 'operator', source: 'command', type: 'router-update' }])
  })

  it.each([
    ['router-debug', { router_id: '*' }],
    ['router-debug', { router_id: 'error' }],
    ['resource-debug', { resource_id: '*' }],
    ['tenant-debug', { tenant_id: '*' }],
    ['tenant-debug', { tenant_id: 'error' }],
  ])('%s refuses the wildcard of %j', (command, payload) => {
    expect(commandToEvents({ command, ...payload })).toMatchObject({ events: [], ignored: 'refused' })
  })

  it.each(['router_image_uuid', 'resource_image_uuid', 'image_uuid'])(
    'pitfall D32: a rebuild with %s uses that image',
    (key) => {
      for (const command of ['router-rebuild', 'resource-rebuild']) {
        const { events } = commandToEvents({ command, router_id: id, resource_id: id, [key]: uuid(7) })
        expect(events).toMatchObject([{ action: 'rebuild', imageUuid: uuid(7) }])
      }
    },
  )

  it('pitfall D29: an unknown command is parked with its name, not passed over in silence', () => {
    const result = commandToEvents({ command: 'router-explode', router_id: id })
    expect(result).toMatchObject({ poison: 'unknown_command', detail: expect.stringContaining('router-explode') })
  })

  it.each([2, -1, 'yes', null, {}])('global-debug does not guess what enabled %j means', (enabled) => {
    expect(commandToEvents({ command: 'global-debug', enabled }).poison).toBe('bad_payload')
  })

  it('bounds the reason', () => {
    const { events } = commandToEvents({ command: 'tenant-manage', tenant_id: tenant, reason: 'x'.repeat(5000) })
    expect(events).toMatchObject([{ reason: 'x'.repeat(1000) }])
  })
})
