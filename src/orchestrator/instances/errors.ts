import { AstaraError, type ErrorCode, messageOf } from '../../shared/index.ts'
import type { ResourceError } from './types.ts'

/** Why an effect failed, in the words of a resource's `last_error.code`. */
const REASONS = {
  appliance_unreachable: 'unreachable',
  boot_failed: 'failed',
  boot_no_address: 'failed',
  config_failed: 'failed',
  config_rejected: 'refused',
  delete_timeout: 'timeout',
  delete_unconfirmed: 'refused',
  instance_error: 'failed',
  network_full: 'failed',
  neutron_absent: 'unavailable',
  neutron_inconsistent: 'unavailable',
  replug_failed: 'failed',
  scheduled_elsewhere: 'refused',
} as const satisfies Record<string, ErrorCode>

export type InstanceErrorReason = keyof typeof REASONS

/** An effect on one resource's instances failed; only that resource is concerned. */
export class InstanceError extends AstaraError {
  readonly reason: InstanceErrorReason

  constructor(
    reason: InstanceErrorReason,
    message: string,
    options: { readonly cause?: unknown; readonly suggestions?: readonly string[] } = {},
  ) {
    super(REASONS[reason], message, { ...options, details: { reason } })
    this.name = 'InstanceError'
    this.reason = reason
  }
}

const MAX_MESSAGE = 1000

/** What the operator sees of an error. */
export function toResourceError(error: unknown, now: number): ResourceError {
  const message = messageOf(error).slice(0, MAX_MESSAGE)
  if (error instanceof InstanceError) return { code: error.reason, message, at: now }
  return { code: error instanceof AstaraError ? error.code : 'failed', message, at: now }
}
