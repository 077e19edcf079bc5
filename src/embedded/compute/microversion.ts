import type { IncomingHttpHeaders } from 'node:http'
import { ApiError } from '../http/api-error.ts'

/** Nova's range. */
export const MAX_MINOR = 93

/** The version that a request asks for; undefined when it does not say. */
export function versionAsked(headers: IncomingHttpHeaders): string | undefined {
  const old = headers['x-openstack-nova-api-version']
  const modern = /compute\s+(\S+)/.exec(String(headers['openstack-api-version'] ?? ''))?.[1]
  return modern ?? (typeof old === 'string' ? old : undefined)
}

/** The minor version of `2.N` that a request asks for; 1 when it does not say. Refuses what is outside the range. */
export function minorOf(headers: IncomingHttpHeaders): number {
  const asked = versionAsked(headers)
  if (asked === undefined) return 1
  if (asked === 'latest') return MAX_MINOR
  const match = /^(\d+)\.(\d+)$/.exec(asked)
  if (!match)
    throw new ApiError(
      400,
      'badRequest',
      `API Version String ${asked} is of invalid format. Must be of format MajorNum.MinorNum.`,
    )
  const minor = Number(match[2])
  if (match[1] !== '2' || minor < 1 || minor > MAX_MINOR) {
    throw new ApiError(
      406,
      'computeFault',
      `Version ${asked} is not supported by the API. Minimum is 2.1 and maximum is 2.${MAX_MINOR}.`,
    )
  }
  return minor
}
