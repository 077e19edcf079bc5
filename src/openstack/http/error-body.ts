import { STATUS_CODES } from 'node:http'
import { escapeControls } from '../../shared/index.ts'

/** What a refused call says, in the words of the service that refused it. */
export interface ErrorBody {
  readonly type: string
  readonly detail: string
}

/** More than this is not read by anybody and only fills logs. */
const MAX_DETAIL = 500

/**
 * Reads the body of a 3xx–5xx answer. Neutron: `{NeutronError: {type, message, detail}}`. Nova: `{itemNotFound: {code, message}}`.
 * Keystone and the token check in front of the others: `{error: {code, title, message}}`. Glance and proxies: HTML.
 * Never throws; whatever cannot be read falls back to the status text. `secrets` are blotted out: Nova quotes what it refuses.
 */
export function readErrorBody(status: number, text: string, secrets: readonly string[]): ErrorBody {
  const found = text.trimStart().startsWith('{') ? fromJson(text) : fromText(text)
  const fallback = STATUS_CODES[status] ?? 'Unknown'
  return {
    type: tidy(found?.type ?? '', secrets) || fallback.replaceAll(' ', ''),
    detail: tidy(found?.detail ?? '', secrets) || fallback,
  }
}

function tidy(text: string, secrets: readonly string[]): string {
  let safe = text
  for (const secret of secrets) if (secret.length > 0) safe = safe.replaceAll(secret, '***')
  safe = escapeControls(safe.replaceAll(/\s+/g, ' ').trim())
  return safe.length > MAX_DETAIL ? `${safe.slice(0, MAX_DETAIL)}…` : safe
}

function fromJson(text: string): ErrorBody | null {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(body)) return null
  // Some answers of Glance and of oslo.middleware have no wrapper: {code, title, message}.
  if (typeof body.message === 'string') return { type: wordOf(body), detail: body.message }
  for (const [key, value] of Object.entries(body)) {
    if (typeof value === 'string') return { type: key, detail: value }
    if (!isRecord(value) || typeof value.message !== 'string') continue
    const type = wordOf(value) || (key === 'error' ? '' : key)
    const more = typeof value.detail === 'string' && value.detail !== '' ? ` ${value.detail}` : ''
    return { type, detail: value.message + more }
  }
  return null
}

function wordOf(value: Readonly<Record<string, unknown>>): string {
  const word = value.type ?? value.title
  return typeof word === 'string' ? word.replaceAll(' ', '') : ''
}

function fromText(text: string): ErrorBody | null {
  const title = /<title>\s*(?:\d{3}\s*)?([^<]*)<\/title>/i.exec(text)?.[1]?.trim() ?? ''
  // The heading repeats the status; what follows it is the message. Only a prefix is looked at: an error page can be long.
  const body = text.slice(0, 20_000).replace(/^[\s\S]*<\/h1>/i, '')
  const detail = body.replaceAll(/<(?:head|style|script)[\s\S]*?<\/(?:head|style|script)>|<[^>]*>/gi, ' ').trim()
  return { type: title.replaceAll(' ', ''), detail: detail || title }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
