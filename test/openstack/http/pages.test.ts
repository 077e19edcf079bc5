import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allPages, PAGE_SIZE, type Page, readPage } from '../../../src/openstack/http/pages.ts'
import { text } from '../../../src/openstack/http/shape.ts'
import { OpenStackError } from '../../../src/openstack/index.ts'

interface Item {
  readonly id: string
}
const read = (source: Readonly<Record<string, unknown>>): Item => ({ id: text(source, 'id') })
const items = (count: number): readonly Item[] => Array.from({ length: count }, (_, n) => ({ id: `i${n}` }))

const refusal = (status: number): OpenStackError =>
  new OpenStackError({
    service: 'nova',
    method: 'GET',
    url: '',
    pathTemplate: '',
    status,
    requestId: null,
    type: '',
    detail: '',
    retryable: false,
    retryAfterMs: null,
  })

describe('readPage', () => {
  it.each([
    [
      'Neutron',
      'ports',
      {
        ports: items(1),
        ports_links: [
          { rel: 'previous', href: 'x' },
          { rel: 'next', href: 'http://gone/v2.0/ports?limit=1&marker=m' },
        ],
      },
      'm',
    ],
    [
      'Nova',
      'servers',
      { servers: items(1), servers_links: [{ href: 'http://gone/servers/detail?marker=m', rel: 'next' }] },
      'm',
    ],
    ['Glance', 'images', { images: items(1), next: '/v2/images?marker=m', first: '/v2/images' }, 'm'],
    ['the last page', 'ports', { ports: items(1), ports_links: [{ rel: 'previous', href: 'x' }] }, null],
    ['a short page', 'ports', { ports: items(3) }, null],
    ['a full page without links', 'ports', { ports: items(PAGE_SIZE) }, `i${PAGE_SIZE - 1}`],
    ['more than was asked for: a server that does not page', 'ports', { ports: items(PAGE_SIZE + 1) }, null],
  ])('%s', (_, key, body, next) => {
    expect(readPage(body, key, read).next).toBe(next)
  })
})

describe('allPages', () => {
  /** Pages as a server makes them that goes by id. */
  const server =
    (all: readonly Item[], size: number) =>
    (marker: string | null): Promise<Page<Item>> => {
      const from = marker === null ? 0 : all.findIndex((item) => item.id === marker) + 1
      const page = all.slice(from, from + size)
      const last = page.at(-1)
      return Promise.resolve({ items: page, next: from + size < all.length && last !== undefined ? last.id : null })
    }

  it('finds everything once, whatever the size of the pages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.integer({ min: 1, max: 20 }), async (count, size) => {
        expect(await allPages(server(items(count), size))).toEqual(items(count))
      }),
    )
  })

  it('ends with a server that does not know markers', async () => {
    let asked = 0
    const all = await allPages(() => {
      asked += 1
      return Promise.resolve({ items: items(5), next: 'i4' })
    })
    expect([all.length, asked]).toEqual([5, 2])
  })

  it.each([400, 404])('starts anew when the item at the place was deleted (%i)', async (status) => {
    let lost = true
    const pages = server(items(9), 3)
    const all = await allPages((marker) => {
      if (marker !== 'i2' || !lost) return pages(marker)
      lost = false
      return Promise.reject(refusal(status))
    })
    expect(all).toEqual(items(9))
  })

  it('gives up when that goes on, and does not mistake the first page for it', async () => {
    let asked = 0
    const always = allPages((marker) => {
      asked += 1
      return marker === null ? Promise.resolve({ items: items(3), next: 'i2' }) : Promise.reject(refusal(400))
    })
    await expect(always).rejects.toMatchObject({ status: 400 })
    expect(asked).toBe(8)
    await expect(allPages(() => Promise.reject(refusal(404)))).rejects.toMatchObject({ status: 404 })
  })
})
