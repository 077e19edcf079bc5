/** One server-sent event. */
export interface SseMessage {
  /** The last id seen, this event's own or an earlier one. */
  readonly id: string
  readonly event: string
  readonly data: string
}

/** An event longer than this is none of ours. */
const MAX_EVENT = 16 * 1024 * 1024

/** Takes a stream of text apart into events, wherever its pieces are cut. Comments (heartbeats) are passed over. */
export class SseParser {
  #rest = ''
  #data: string[] = []
  #event = ''
  #id = ''
  #size = 0
  #begun = false
  #afterReturn = false

  /** The id that stood last, with an event or without. */
  get lastId(): string {
    return this.#id
  }

  /** Throws when an event grows without end. */
  push(chunk: string): SseMessage[] {
    let text = chunk
    if (!this.#begun && text !== '') {
      this.#begun = true
      if (text.startsWith('\uFEFF')) text = text.slice(1)
    }
    // A line feed that belongs to the carriage return at the end of the piece before.
    if (this.#afterReturn && text !== '') {
      this.#afterReturn = false
      if (text.startsWith('\n')) text = text.slice(1)
    }
    if (text.endsWith('\r')) this.#afterReturn = true
    const lines = (this.#rest + text).split(/\r\n|\n|\r/)
    this.#rest = lines.pop() ?? ''
    if (this.#size + this.#rest.length > MAX_EVENT) throw new Error('an event without end')
    return lines.flatMap((line) => this.#take(line) ?? [])
  }

  #take(line: string): SseMessage | null {
    if (line === '') return this.#finish()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    switch (field) {
      case 'data':
        this.#data.push(value)
        this.#size += value.length
        break
      case 'event':
        this.#event = value
        break
      case 'id':
        if (!value.includes('\0')) this.#id = value
        break
      default:
        break
    }
    return null
  }

  #finish(): SseMessage | null {
    const message =
      this.#data.length === 0 ? null : { id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') }
    this.#data = []
    this.#event = ''
    this.#size = 0
    return message
  }
}
