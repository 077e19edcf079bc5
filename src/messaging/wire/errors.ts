import { MessagingUnavailableError } from '../types.ts'

/** The channel or connection went away under an operation. */
export class BusClosedError extends MessagingUnavailableError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'BusClosedError'
  }
}

/**
 * The broker refused an operation for good: trying the same again ends the same. The message names the queue or exchange that differs and
 * what to do.
 */
export class BrokerRefusedError extends MessagingUnavailableError {
  /** AMQP reply code: 403, 404, 405 or 406. */
  readonly replyCode: number
  /** E.g. `exchange 'neutron'`. */
  readonly entity: string
  readonly suggestion: string

  constructor(init: { replyCode: number; entity: string; problem: string; suggestion: string; cause?: unknown }) {
    super(
      `${init.entity}: ${init.problem} (AMQP ${init.replyCode}). ${init.suggestion}`,
      init.cause === undefined ? undefined : { cause: init.cause },
    )
    this.name = 'BrokerRefusedError'
    this.replyCode = init.replyCode
    this.entity = init.entity
    this.suggestion = init.suggestion
  }
}
