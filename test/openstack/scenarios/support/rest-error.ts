// biome-ignore lint/suspicious/noExplicitAny: answers of a REST API, of which tests pick what they need
export type Body = any

/** A request that was answered with no success. */
export class RestError extends Error {
  readonly status: number
  readonly text: string

  constructor(method: string, path: string, status: number, text: string) {
    super(`${method} ${path}: ${status} ${text}`)
    this.status = status
    this.text = text
  }
}
