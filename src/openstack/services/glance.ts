import type { Caller } from '../http/caller.ts'
import { listCollection } from '../http/lister.ts'
import { path } from '../http/path.ts'
import { type JsonObject, numbersOf, object, text, textOr } from '../http/shape.ts'
import type { GlanceClient, GlanceImage } from '../types.ts'

/** An image may have no name. */
const readImage = (source: JsonObject): GlanceImage => ({
  id: text(source, 'id'),
  name: textOr(source, 'name', ''),
  status: text(source, 'status'),
  ...numbersOf(source, ['min_disk', 'min_ram']),
})

const IMAGES = { path: path`/images`, key: 'images', read: readImage }

/** A client of Glance v2. */
export function createGlance(call: Caller): GlanceClient {
  return {
    async getImage(id, options) {
      const read = (body: unknown): GlanceImage => readImage(object(body, 'the body'))
      return call({ method: 'GET', path: path`/images/${id}`, read }, options)
    },
    listImages: (filter = {}, options) => listCollection(call, IMAGES, filter, options),
  }
}
