/** A text that is not a value of the wanted type. Its message continues "expected …": what is allowed, never the text itself. */
export class BadValue extends Error {
  constructor(allowed: string) {
    super(allowed)
    this.name = 'BadValue'
  }
}

/** How the text of an option becomes a value, and back. */
export interface ValueType<T> {
  /** For the reference: `integer`, `boolean`, `list of strings`, … */
  readonly kind: string
  /** What is allowed, for a person: `a whole number from 1 to 65535`. */
  readonly allowed: string
  /** Text (already unquoted and substituted) to value. Throws BadValue. */
  parse(text: string): T
  /** Value to a text that `parse` turns into the same value. */
  format(value: T): string
}
