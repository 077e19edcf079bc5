import { describe, expect, test } from 'vitest'
import {
  groupOf,
  instanceIndex,
  instanceName,
  nextInstanceIndex,
  portName,
  resourceName,
} from '../../../src/orchestrator/drivers/index.ts'
import { jsonFixture } from '../../support/vectors.ts'

const vectors = jsonFixture('vectors/naming.json') as {
  readonly next_instance_index: readonly { readonly existing: readonly string[]; readonly next_index: number }[]
}

describe('names', () => {
  test('follow the vectors', () => {
    expect(resourceName('router', 'x')).toBe('ak-router-x')
    expect(instanceName('ak-router-x', 3)).toBe('ak-router-x_3')
    expect(portName('VRRP', 'x')).toBe('ASTARA:VRRP:x')
    for (const { existing, next_index } of vectors.next_instance_index) {
      expect(nextInstanceIndex('ak-router-x', existing), existing.join()).toBe(next_index)
    }
  })

  test('pitfall D22: one name never matches another', () => {
    expect(instanceIndex('ak-router-1', 'ak-router-1_1')).toBe(1)
    expect(instanceIndex('ak-router-1', 'ak-router-1_10')).toBe(10)
    expect(instanceIndex('ak-router-1', 'ak-router-10_1')).toBeNull()
    expect(instanceIndex('ak-router-1_1', 'ak-router-1_10')).toBeNull()
    expect(instanceIndex('ak-router-1', 'my-ak-router-1_1')).toBeNull()
  })

  test('pitfall D16: odd names do not break the index', () => {
    for (const odd of [
      'ak-router-1',
      'ak-router-1_',
      'ak-router-1_x',
      'ak-router-1_1_2',
      'ak-router-1_-1',
      'ak-router-1_1 ',
    ]) {
      expect(instanceIndex('ak-router-1', odd), odd).toBeNull()
    }
    expect(nextInstanceIndex('ak-router-1', ['ak-router-1_x', 'ak-router-1_2'])).toBe(3)
    expect(groupOf('ak-router-a_b_7')).toBe('ak-router-a_b')
    expect(groupOf('other_7')).toBeNull()
  })
})
