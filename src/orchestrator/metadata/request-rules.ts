import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** Nova takes writes in one place only: a Windows guest posts its password there. */
const PASSWORD_PATH = /^\/openstack\/[^/?]+\/password\/?(?:\?|$)/
const READS = new Set(['GET', 'HEAD'])
const WRITES = new Set(['POST', 'PUT'])

/** What a client may say to Nova through us. Everything else, every `X-` header above all, is ours to say. */
const PASSED_ON = ['accept', 'accept-language', 'content-type', 'user-agent'] as const

/** What of Nova's answer is about the answer and not about the connection. */
const PASSED_BACK = [
  'content-type',
  'content-length',
  'content-language',
  'content-encoding',
  'cache-control',
  'etag',
  'last-modified',
  'retry-after',
] as const

/** Why a request is not one for Nova: status and what to say. null: it is. */
export function refusalOf(request: Pick<IncomingMessage, 'method' | 'url'>): {
  readonly status: number
  readonly text: string
  readonly allow?: string
} | null {
  const { method = '', url = '' } = request
  // `GET http://elsewhere/ HTTP/1.1` is a proxy's request; this proxy has one destination.
  if (!/^\/[!-~]*$/.test(url)) return { status: 400, text: 'The path must begin with a slash.' }
  if (READS.has(method)) return null
  if (!WRITES.has(method)) return { status: 405, text: 'This method is not served.', allow: 'GET, HEAD' }
  if (PASSWORD_PATH.test(url)) return null
  return { status: 405, text: 'Only the password may be written.', allow: 'GET, HEAD' }
}

function pick(headers: Readonly<Record<string, string | string[] | undefined>>, names: readonly string[]) {
  const kept: Record<string, string> = {}
  for (const name of names) {
    const value = headers[name]
    if (typeof value === 'string') kept[name] = value
  }
  return kept
}

/** Headers of a request that go on to Nova. */
export const passedOn = (headers: IncomingHttpHeaders): Record<string, string> => pick(headers, PASSED_ON)

/** Headers of Nova's answer that go back. */
export const passedBack = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  pick(headers, PASSED_BACK)
