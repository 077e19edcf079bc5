import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../shared/index.ts'
import { ApiError } from '../http/api-error.ts'
import { errorPage } from '../http/error-page.ts'
import { RouteTable } from '../http/route-table.ts'
import type { ApiService } from '../http/service.ts'
import type { ApiRequest } from '../http/types.ts'
import type { Ids } from '../ids.ts'
import { isoSeconds } from '../times.ts'
import { applyPatch } from './patch.ts'

/** An image; `extra` are properties of the user's own. */
export interface Image {
  readonly id: string
  name: string | null
  disk_format: string | null
  container_format: string | null
  visibility: string
  min_ram: number
  min_disk: number
  protected: boolean
  os_hidden: boolean
  tags: string[]
  readonly owner: string
  status: 'queued' | 'saving' | 'active'
  size: number | null
  checksum: string | null
  os_hash_value: string | null
  readonly createdAt: number
  updatedAt: number
  extra: Record<string, string>
}

const DISK_FORMATS = ['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop'] as const

const attributes = z.object({
  id: z.string().optional(),
  name: z.string().max(255).nullish(),
  disk_format: z
    .enum(DISK_FORMATS, { error: (issue) => `'${String(issue.input)}' is not one of the disk formats` })
    .nullish(),
  container_format: z.string().nullish(),
  visibility: z.enum(['public', 'private', 'shared', 'community']).optional(),
  min_ram: z.int().min(0).optional(),
  min_disk: z.int().min(0).optional(),
  protected: z.boolean().optional(),
  os_hidden: z.boolean().optional(),
  tags: z.array(z.string()).optional(),
  owner: z.string().optional(),
})

/** The images there are. */
export class ImageState {
  readonly images = new Map<string, Image>()
  readonly #clock: Clock
  readonly #ids: Ids

  constructor(deps: { readonly clock: Clock; readonly ids: Ids }) {
    this.#clock = deps.clock
    this.#ids = deps.ids
  }

  create(given: z.infer<typeof attributes> & { readonly extra?: Record<string, string> }, owner: string): Image {
    const now = this.#clock.now()
    const image: Image = {
      id: given.id ?? this.#ids.uuid(),
      name: given.name ?? null,
      disk_format: given.disk_format ?? null,
      container_format: given.container_format ?? null,
      visibility: given.visibility ?? 'shared',
      min_ram: given.min_ram ?? 0,
      min_disk: given.min_disk ?? 0,
      protected: given.protected ?? false,
      os_hidden: given.os_hidden ?? false,
      tags: given.tags ?? [],
      owner: given.owner ?? owner,
      status: 'queued',
      size: null,
      checksum: null,
      os_hash_value: null,
      createdAt: now,
      updatedAt: now,
      extra: given.extra ?? {},
    }
    this.images.set(image.id, image)
    return image
  }

  /** Takes the image's data: only its size and hashes are kept. */
  upload(image: Image, data: Buffer): void {
    image.size = data.length
    image.checksum = createHash('md5').update(data).digest('hex')
    image.os_hash_value = createHash('sha512').update(data).digest('hex')
    image.status = 'active'
    image.updatedAt = this.#clock.now()
  }

  touch(image: Image): void {
    image.updatedAt = this.#clock.now()
  }
}

/** An image as Glance shows it. */
function viewImage(image: Image): Record<string, unknown> {
  const { createdAt, updatedAt, extra, ...plain } = image
  return {
    ...extra,
    ...plain,
    virtual_size: image.status === 'active' ? image.size : null,
    os_hash_algo: image.os_hash_value === null ? null : 'sha512',
    created_at: isoSeconds(createdAt),
    updated_at: isoSeconds(updatedAt),
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    schema: '/v2/schemas/image',
  }
}

const MINORS = [9, 7, 6, 5, 4, 3, 2, 1, 0]

const PAGE = { 'Content-Type': 'text/html; charset=UTF-8' }
const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', message)

function html(
  status: number,
  title: string,
  text: string,
): { status: number; headers: Record<string, string>; body: string } {
  return {
    status,
    headers: PAGE,
    body: errorPage(status, title, text),
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Glance v2. */
export function createImageService(deps: {
  readonly state: ImageState
  readonly url: () => string
  readonly keystoneUrl: () => string
}): ApiService {
  const { state, url, keystoneUrl } = deps
  const routes = new RouteTable()

  const isVisible = (image: Image, request: ApiRequest): boolean =>
    request.caller?.isAdmin === true || image.visibility === 'public' || image.owner === request.caller?.projectId
  const imageOf = (request: ApiRequest): Image => {
    const id = request.params.id ?? ''
    const image = state.images.get(id)
    if (!image || !isVisible(image, request)) throw new ApiError(404, 'NotFound', `No image found with ID ${id}`)
    return image
  }
  const owned = (request: ApiRequest): Image => {
    const image = imageOf(request)
    if (!request.caller?.isAdmin && image.owner !== request.caller?.projectId) {
      throw new ApiError(403, 'Forbidden', 'You do not own this image')
    }
    return image
  }
  const versions = () => {
    const link = [{ rel: 'self', href: `${url()}/v2/` }]
    return {
      status: 300,
      body: {
        versions: [
          { id: 'v2.15', status: 'CURRENT', links: link },
          ...MINORS.map((minor) => ({ id: `v2.${minor}`, status: 'SUPPORTED', links: link })),
        ],
      },
    }
  }

  routes
    .open('GET', '/', versions)
    .open('GET', '/versions', versions)
    .on('GET', '/v2/images', (request) => {
      const { query } = request
      const wanted = [...query].filter(
        ([name]) => !['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'member_status'].includes(name),
      )
      const isWanted = (view: Record<string, unknown>): boolean =>
        wanted.every(([name, value]) => {
          if (value.startsWith('in:')) return value.slice(3).split(',').includes(String(view[name]))
          if (name === 'tag') return Array.isArray(view.tags) && view.tags.includes(value)
          if (name === 'os_hidden' || name === 'protected') return String(view[name]) === value.toLowerCase()
          return String(view[name]) === value
        })
      const all = [...state.images.values()]
        .filter((image) => isVisible(image, request))
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
        .map(viewImage)
        .filter((view) => (query.has('os_hidden') ? true : view.os_hidden === false))
        .filter(isWanted)
      const marker = query.get('marker')
      if (marker !== null && !state.images.has(marker)) throw badRequest(`No image found with ID ${marker}`)
      const start = marker === null ? 0 : all.findIndex((view) => view.id === marker) + 1
      const limit = Number(query.get('limit') ?? 25)
      if (!Number.isInteger(limit)) throw badRequest('limit param must be an integer')
      if (limit < 0) throw badRequest('limit param must be positive')
      const images = all.slice(start, start + limit)
      const search = query.size > 0 ? `?${query}` : ''
      // A full page has a next one, be it empty.
      const next = limit > 0 && images.length === limit ? new URLSearchParams(query) : null
      next?.set('marker', String(images.at(-1)?.id))
      return {
        status: 200,
        body: {
          images,
          first: `/v2/images${search}`,
          ...(next ? { next: `/v2/images?${next}` } : {}),
          schema: '/v2/schemas/images',
        },
      }
    })
    .on('POST', '/v2/images', (request) => {
      const parsed = attributes.loose().safeParse(request.body)
      if (!parsed.success) throw badRequest(parsed.error.issues[0]?.message ?? 'Invalid image')
      if (parsed.data.id !== undefined && state.images.has(parsed.data.id)) {
        throw new ApiError(409, 'Conflict', `Image ID ${parsed.data.id} already exists!`)
      }
      if (parsed.data.visibility === 'public' && !request.caller?.isAdmin) {
        throw new ApiError(403, 'Forbidden', 'You are not authorized to complete publicize_image action.')
      }
      const known = new Set(Object.keys(attributes.shape))
      const extra = Object.fromEntries(
        Object.entries(parsed.data)
          .filter(([key]) => !known.has(key))
          .map(([key, value]) => [key, String(value)]),
      )
      const image = state.create({ ...parsed.data, extra }, request.caller?.projectId ?? '')
      return { status: 201, headers: { Location: `${url()}/v2/images/${image.id}` }, body: viewImage(image) }
    })
    .on('GET', '/v2/images/{id}', (request) => ({ status: 200, body: viewImage(imageOf(request)) }))
    .on('PATCH', '/v2/images/{id}', (request) => {
      const image = owned(request)
      applyPatch(image, request.body)
      state.touch(image)
      return { status: 200, body: viewImage(image) }
    })
    .on('DELETE', '/v2/images/{id}', (request) => {
      const known = state.images.get(request.params.id ?? '')
      if (!known || !isVisible(known, request)) {
        throw new ApiError(404, 'NotFound', `Failed to find image ${request.params.id} to delete`)
      }
      const image = owned(request)
      if (image.protected) throw new ApiError(403, 'Forbidden', `Image ${image.id} is protected and cannot be deleted.`)
      state.images.delete(image.id)
      return { status: 204, headers: PAGE }
    })
    .on('PUT', '/v2/images/{id}/file', (request) => {
      const image = owned(request)
      if (image.status !== 'queued') {
        throw new ApiError(409, 'Conflict', `Image status transition from ${image.status} to saving is not allowed`)
      }
      state.upload(image, request.bytes)
      return { status: 204, headers: PAGE }
    })
    .on('PUT', '/v2/images/{id}/tags/{tag}', (request) => {
      const image = owned(request)
      image.tags = [...new Set([...image.tags, request.params.tag ?? ''])]
      return { status: 204 }
    })
    .on('GET', '/v2/images/{id}/members', () => ({ status: 200, body: { members: [], schema: '/v2/schemas/members' } }))
    .on('GET', '/v2/schemas/image', () => ({
      status: 200,
      body: { name: 'image', properties: {}, additionalProperties: { type: 'string' } },
    }))

  return {
    name: 'glance',
    routes,
    malformedBody: 'Malformed JSON in request body.',
    requestIdHeaders: ['X-Openstack-Request-Id'],
    headers: () => ({}),
    renderError(error) {
      if (error.status === 401) {
        const reply = html(
          401,
          'Unauthorized',
          'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.',
        )
        return { ...reply, headers: { ...reply.headers, 'Www-Authenticate': `Keystone uri="${keystoneUrl()}/"` } }
      }
      return html(error.status, TITLES[error.status] ?? 'Error', escapeHtml(error.message))
    },
  }
}
