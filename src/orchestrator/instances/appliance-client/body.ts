import type { Readable } from 'node:stream'

/** The answer was longer than allowed; the connection is closed. */
class BodyTooLongError extends Error {
  constructor(limit: number) {
    super(`the answer is longer than ${limit} bytes`)
    this.name = 'BodyTooLongError'
  }
}

/** Reads a whole body of at most `limit` bytes. Throws BodyTooLongError and destroys the stream beyond that. */
export async function readBounded(body: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    size += bytes.length
    // Leaving the loop by an exception destroys the stream, and with it the connection.
    if (size > limit) throw new BodyTooLongError(limit)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}
