import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { path } from '../../../src/openstack/http/path.ts'

describe('path', () => {
  it('puts ids in their place and keeps a template without them', () => {
    const id = 'eabff3f7-b79f-407c-a95c-1204cf31fc5a'
    expect(path`/servers/${id}/os-interface/${'m1.small'}`).toEqual({
      path: `/servers/${id}/os-interface/m1.small`,
      template: '/servers/{id}/os-interface/{id}',
    })
    expect(path`/ports`).toEqual({ path: '/ports', template: '/ports' })
  })

  it.each(['', '.', '..', 'a/b', '../ports', 'a?b', 'a#b', 'a b', 'a\nb', '%2e%2e', 'x'.repeat(256)])(
    'refuses %j',
    (id) => {
      expect(() => path`/ports/${id}`).toThrow(expect.objectContaining({ code: 'bad_request' }))
    },
  )

  it('never leaves its folder, whatever the id', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        let made: string
        try {
          made = path`/ports/${id}`.path
        } catch {
          return
        }
        const url = new URL(`http://host/v2.0${made}`)
        expect(url.pathname).toMatch(/^\/v2\.0\/ports\/[^/]+$/)
        expect(url.search + url.hash).toBe('')
      }),
    )
  })
})
