import { AstaraError } from '../../shared/index.ts'
import type { CallRequest } from './operations.ts'

/** A write was not sent because writes are refused. */
export class RefusedWriteError extends AstaraError {
  constructor({ method, path }: CallRequest) {
    super('refused', `not sent (writes are refused): ${method} ${path}`, {
      suggestions: ['The call shows what would have been sent.'],
    })
    this.name = 'RefusedWriteError'
  }
}
