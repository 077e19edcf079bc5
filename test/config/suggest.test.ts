import { describe, expect, it } from 'vitest'
import { didYouMean } from '../../src/config/registry.ts'
import { nearest } from '../../src/shared/index.ts'

describe('did you mean', () => {
  it('finds the nearest word, or none', () => {
    const known = ['boot_timeout', 'boot_concurrency', 'alive_timeout']
    expect(nearest('boot_timout', known)).toBe('boot_timeout')
    expect(nearest('boot-timeout', known)).toBe('boot_timeout')
    expect(nearest('BOOT_TIMEOUT', known)).toBe('boot_timeout')
    expect(nearest('obot_timeout', known)).toBe('boot_timeout')
    expect(nearest('rabbit', known)).toBeNull()
  })

  it.each([
    ['DEFAULT', 'boot_timout', '[DEFAULT] boot_timeout'],
    ['default', 'boot_timeout', '[DEFAULT] boot_timeout'],
    ['routers', 'image_uuid', '[router] image_uuid'],
    [' router ', 'image_uuid', '[router] image_uuid'],
    ['router', 'boot_timeout', '[DEFAULT] boot_timeout'],
    ['nonsense', 'api_port', '[DEFAULT] api_port'],
    ['nonsense', 'whatever', null],
    ['keystone_authtoken', 'auth-url', '[keystone_authtoken] auth_url'],
  ])('[%s] %s → %s', (group, name, expected) => {
    expect(didYouMean(group, name)).toBe(expected)
  })
})
