import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bridgeName,
  HOST_NAME,
  ownerOfDevice,
  ownerOfSpace,
  spaceName,
  tapName,
  uplinkName,
} from '../../../src/embedded/dataplane/names.ts'

const IFNAMSIZ = 15
const pid = fc.integer({ min: 1, max: 4_194_304 })

describe('names of what the data plane makes', () => {
  it('tell whose they are, for every process id', () => {
    fc.assert(
      fc.property(pid, fc.constantFrom('m', 'x'), (id, network) => {
        const device = uplinkName(id, network as 'm' | 'x')
        expect(device.length).toBeLessThanOrEqual(IFNAMSIZ)
        expect(device.startsWith('astara-')).toBe(true)
        expect(ownerOfDevice(device)).toBe(id)
        expect(ownerOfSpace(spaceName(id, 'vm-12ab34cd'))).toBe(id)
      }),
    )
  })

  it.each([
    'astara',
    'astara-x',
    // What people call their own devices: taken for ours, they would be removed.
    'astara-mgt',
    'astara-m0',
    'astara-ext',
    'astara-xyz',
    'astara-m123456',
    'eth0',
    'my-astara-12-vm',
    'astara-12-',
    'astara-12-VM',
    'astara-12-a/../b',
    'astara--vm',
  ])('%s is not ours', (name) => {
    expect(ownerOfSpace(name)).toBeNull()
    expect(ownerOfDevice(name)).toBeNull()
  })

  it('fit into the kernel, and differ where ids differ early', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (a, b) => {
        expect(bridgeName(a).length).toBeLessThanOrEqual(IFNAMSIZ)
        expect(tapName(a).length).toBeLessThanOrEqual(IFNAMSIZ)
        if (a.slice(0, 13) !== b.slice(0, 13)) expect(tapName(a)).not.toBe(tapName(b))
      }),
    )
  })

  it.each(['', '-a', 'a-', 'A', 'a b', '../a', 'a/b', 'a;b', 'ä', 'x'.repeat(33)])('%j is no name for a host', (name) =>
    expect(HOST_NAME.test(name)).toBe(false),
  )
  it.each(['a', 'h1', 'a-b', 'x'.repeat(32)])('%j is one', (name) => expect(HOST_NAME.test(name)).toBe(true))
})
