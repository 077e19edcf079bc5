import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskSecret } from '../../src/config/mask.ts'

describe('masking', () => {
  it.each([
    ['hunter2', '***'],
    ['', ''],
    ['rabbit://user:hunter2@h1:5672/vhost', 'rabbit://***@h1:5672/vhost'],
    ['rabbit://user:hunter2@h1:5672,user:hunter2@h2:5672/', 'rabbit://***@h2:5672/'],
    ['rabbit://user:hun/ter@2@[::1]:5672/', 'rabbit://***@[::1]:5672/'],
    ['rabbit://localhost:5672/vhost', 'rabbit://localhost:5672/vhost'],
    ['sqlite:////var/lib/astara/astara.db', 'sqlite:////var/lib/astara/astara.db'],
    ['rabbit://user:hunter2', '***'],
    ['rabbit://h/?password=hunter2', 'rabbit://h/?***'],
    ['rabbit://h/?password=hunter2@x', '***'],
    ['user:hunter2@h1', '***'],
  ])('%s → %s', (value, shown) => {
    expect(maskSecret(value)).toBe(shown)
  })

  it('property: a password in a URL is never shown', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1 }), (noise) => {
        const shown = maskSecret(`rabbit://user:${noise}hunter2${noise}@broker:5672/vhost`)
        expect(shown).not.toContain('hunter2')
      }),
    )
  })
})
