import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import type { Image } from './service.ts'

const schema = z.array(
  z.object({ op: z.enum(['add', 'replace', 'remove']), path: z.string(), value: z.unknown().optional() }),
)
const changeable = z
  .object({
    name: z.string().nullable(),
    disk_format: z.string().nullable(),
    container_format: z.string().nullable(),
    visibility: z.enum(['public', 'private', 'shared', 'community']),
    min_ram: z.int().min(0),
    min_disk: z.int().min(0),
    protected: z.boolean(),
    os_hidden: z.boolean(),
    tags: z.array(z.string()),
  })
  .partial()

/** Applies a JSON patch (`application/openstack-images-v2.1-json-patch`) to an image. */
export function applyPatch(image: Image, body: unknown): void {
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw new ApiError(400, 'BadRequest', 'Request body must be a JSON array of operation objects.')
  for (const { op, path, value } of parsed.data) {
    const name = path.replace(/^\//, '').replaceAll('~1', '/').replaceAll('~0', '~')
    if (name in changeable.shape) {
      const checked = changeable.safeParse({ [name]: value })
      if (op === 'remove' || !checked.success) {
        throw new ApiError(op === 'remove' ? 403 : 400, 'BadRequest', `Invalid value for property ${name}.`)
      }
      Object.assign(image, checked.data)
    } else if (name in image && name !== 'extra') {
      throw new ApiError(403, 'Forbidden', `Attribute '${name}' is read-only.`)
    } else if (op === 'remove') {
      delete image.extra[name]
    } else {
      image.extra[name] = String(value)
    }
  }
}
