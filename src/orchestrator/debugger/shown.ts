import { AstaraError, messageOf, redactText } from '../../shared/index.ts'
import { InstanceError } from '../instances/index.ts'
import { maskSecrets } from '../timeline/index.ts'
import type { DebugError } from './types.ts'

/** Items of a list that are kept; a body is for reading. */
const MAX_ITEMS = 100
const MAX_TEXT = 4_000
const MAX_DEPTH = 12
const MAX_CAUSES = 8

/** A body as it may be shown: without secrets, nothing endless in it. */
export function shownBody(value: unknown): unknown {
  return bounded(maskSecrets(value), 0)
}

function bounded(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value
  if (value === undefined) return null
  if (value === null || typeof value !== 'object') return value
  if (depth >= MAX_DEPTH) return '…'
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => bounded(item, depth + 1))
    return value.length > MAX_ITEMS ? [...items, `… ${value.length - MAX_ITEMS} more`] : items
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined ? [] : [[key, key === 'user_data' ? sizeOf(inner) : bounded(inner, depth + 1)]],
    ),
  )
}

/** What an instance is booted with may hold keys. */
const sizeOf = (value: unknown): string => `*** (${String(value).length} characters)`

/** An exception with everything that says why. */
export function shownError(error: unknown): DebugError {
  const causes: DebugError['causes'][number][] = []
  for (let cause = causeOf(error); cause !== undefined && causes.length < MAX_CAUSES; cause = causeOf(cause)) {
    causes.push({ name: nameOf(cause), message: redactText(messageOf(cause)) })
  }
  const known = error instanceof AstaraError
  return {
    name: nameOf(error),
    code: codeOf(error),
    message: redactText(messageOf(error)),
    suggestions: known ? error.suggestions : [],
    causes,
    // An error of the table tells all in its words; anything else is a bug, and its place matters.
    stack: known || !(error instanceof Error) ? null : redactText(error.stack ?? ''),
  }
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined)
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error)

function codeOf(error: unknown): string | null {
  if (error instanceof InstanceError) return error.reason
  return error instanceof AstaraError ? error.code : null
}
