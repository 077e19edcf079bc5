import type { StreamQuery } from '../../client/index.ts'
import type { Resource, StreamEvent, TimelineEntry } from '../../contract/index.ts'
import type { Io } from '../io.ts'
import { toJsonLine } from '../json.ts'
import type { Tone } from '../terminal.ts'
import { harmless } from '../text-width.ts'
import { entryText, entryTone } from '../timeline-text.ts'
import { clockTime } from '../times.ts'
import { followChanges } from './changes.ts'
import type { Work } from './context.ts'
import { whereIs } from './outcome.ts'

export interface EventsOptions {
  readonly query: StreamQuery
  readonly json: boolean
  /** End after so many. */
  readonly limit?: number | undefined
}

interface Line {
  readonly at: string
  readonly about: string
  readonly text: string
  readonly tone: Tone | null
}

/** What a change of a resource says to who has seen it before; null: nothing that a person would miss. */
function resourceLine(before: Resource | undefined, now: Resource, at: string): Line | null {
  const text = `${whereIs(now)}${now.debug === null ? '' : `, in debug mode (${now.debug.scope})`}`
  if (
    before !== undefined &&
    text === `${whereIs(before)}${before.debug === null ? '' : `, in debug mode (${before.debug.scope})`}`
  ) {
    return null
  }
  const tone = now.instance_state === 'error' ? 'bad' : now.instance_state === 'configured' ? 'ok' : 'warn'
  return { at, about: now.name || now.id, text, tone }
}

/** Turns events into lines; keeps what it needs to know to tell a change from a repetition. */
class Narrator {
  readonly #seen = new Map<string, Resource>()

  line(event: StreamEvent, at: string): Line | null {
    switch (event.type) {
      case 'resource': {
        const before = this.#seen.get(event.resource.id)
        this.#seen.set(event.resource.id, event.resource)
        return resourceLine(before, event.resource, at)
      }
      case 'removed': {
        const about = this.#seen.get(event.id)?.name || event.id
        this.#seen.delete(event.id)
        return { at, about, text: 'removed', tone: 'muted' }
      }
      case 'timeline': {
        const { entry, resource_id: id } = event
        return { at: entry.at, about: this.#seen.get(id)?.name || id, text: told(entry), tone: entryTone(entry) }
      }
      case 'worker': {
        const { name, pid, resources, queued } = event.worker
        const text = pid === null ? 'not running' : `pid ${pid}, ${resources} resources, ${queued} queued`
        return { at, about: name, text, tone: pid === null ? 'bad' : 'muted' }
      }
      case 'debug': {
        const { global, tenants, resources } = event.debug
        const text = `${global === null ? 'not global' : 'global'}, ${tenants.length} tenants, ${resources.length} resources`
        return { at, about: 'debug modes', text, tone: 'warn' }
      }
      case 'resync':
        return { at, about: 'stream', text: `some changes were lost: ${event.reason}`, tone: 'warn' }
    }
  }
}

const told = (entry: TimelineEntry): string => `${entry.type}: ${entryText(entry)}`

function printLine(io: Io, { at, about, text, tone }: Line): void {
  const time = io.isTerminal ? clockTime(at, io.clock.now()) : at
  const shown = harmless(text)
  io.print(`${io.paint('muted', time)}  ${harmless(about)}  ${tone === null ? shown : io.paint(tone, shown)}\n`)
}

/** Prints what happens, a line each, until it is interrupted or has printed enough. With `json` a JSON object per line: the stream's own. */
export async function followEvents(work: Work & EventsOptions): Promise<{ readonly events: number }> {
  const { io, client, query, json, limit = Number.POSITIVE_INFINITY } = work
  const narrator = new Narrator()
  const signal = work.signal ?? new AbortController().signal
  let events = 0
  io.note(`Following ${client.target}; Ctrl-C ends it.`)
  const changes = followChanges({ client, clock: io.clock, query, signal, say: (text) => io.note(text) })
  for await (const event of changes) {
    const line = narrator.line(event, new Date(io.clock.now()).toISOString())
    if (json) io.print(toJsonLine(event))
    else if (line === null) continue
    else printLine(io, line)
    events += 1
    if (events >= limit) break
  }
  return { events }
}
