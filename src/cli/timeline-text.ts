import type { TimelineEntry } from '../contract/index.ts'
import type { Tone } from './terminal.ts'

/** A duration as a person reads it: `12 ms`, `3.4 s`, `2m5s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`
}

/** What there is to say of a call besides its answer; the request id, which the called service's log knows, comes last. */
export function callRemarks(call: Extract<TimelineEntry, { type: 'call' }>): string[] {
  return [
    ...(call.requests > 1 ? [`${call.requests} requests`] : []),
    ...(call.shared ? ['shared'] : []),
    ...(call.request_id === null ? [] : [call.request_id]),
  ]
}

/** What an entry says, in one line. Not yet harmless: it may quote tenants and appliances. */
export function entryText(entry: TimelineEntry): string {
  switch (entry.type) {
    case 'event':
      return `${entry.action} (${entry.cause}, from ${entry.source})${entry.accepted ? '' : ', not taken'}`
    case 'command':
      return `${entry.action} by ${entry.by ?? 'somebody'}${entry.reason === null ? '' : `: ${entry.reason}`}`
    case 'step': {
      const action = entry.action === null ? '' : ` for ${entry.action}`
      return `${entry.step}${action}, ${entry.result} after ${duration(entry.duration_ms)}`
    }
    case 'call': {
      const answer = `${entry.service} ${entry.method} ${entry.path}: ${entry.status ?? 'no answer'}`
      const more = callRemarks(entry).map((remark) => `, ${remark}`)
      return `${answer} in ${duration(entry.duration_ms)}${more.join('')}`
    }
    case 'config': {
      const { total_changes: total } = entry
      const paths = entry.changes
        .slice(0, 3)
        .map(({ path, change }) => `${change} ${path === '' ? 'everything' : path}`)
      const more = total > paths.length ? `, and ${total - paths.length} more` : ''
      return `${entry.fingerprint.slice(0, 12)} ${entry.result}${paths.length === 0 ? ', no changes' : `: ${paths.join('; ')}${more}`}`
    }
    case 'state':
      return `${entry.from} → ${entry.to}`
    case 'error':
      return `${entry.code}: ${entry.message}${entry.next_retry_at === null ? '' : ` (again at ${entry.next_retry_at})`}`
    case 'unchanged':
      return `${entry.cause}: nothing to do${entry.count > 1 ? `, ${entry.count} times, last at ${entry.last_at}` : ''}`
  }
}

/** How an entry feels. */
export function entryTone(entry: TimelineEntry): Tone | null {
  switch (entry.type) {
    case 'error':
      return 'bad'
    case 'state':
      return entry.to === 'configured' ? 'ok' : entry.to === 'error' || entry.to === 'down' ? 'bad' : 'warn'
    case 'step':
      return entry.result === 'failed' ? 'bad' : null
    case 'call': {
      const isFine = typeof entry.status === 'number' ? entry.status < 400 : entry.status === 'ok'
      return isFine ? null : 'bad'
    }
    case 'config':
      return entry.result === 'accepted' ? 'ok' : 'bad'
    case 'event':
      return entry.accepted ? null : 'muted'
    case 'unchanged':
      return 'muted'
    case 'command':
      return 'strong'
  }
}
