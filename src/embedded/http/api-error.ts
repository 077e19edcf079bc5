/**
 * A refusal in a service's own words. `type` is the error's name in that service (Neutron's exception class, Nova's wrapper key); each
 * service renders it in its own shape.
 */
export class ApiError extends Error {
  readonly status: number
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.type = type
  }
}
