import type { Clock, Logger, Random } from '../shared/index.ts'
import type { AuthOptions, CallRecord, ServiceName } from './types.ts'

/** Time-outs of a call, milliseconds. */
export interface Timeouts {
  /** Until a connection stands, TLS included. */
  readonly connectMs: number
  /** From the request until the answer begins. */
  readonly headersMs: number
  /** Between two pieces of the answer's body. */
  readonly bodyMs: number
  /** The whole call: the wait for a token and for a turn, all tries and the pauses between them. */
  readonly totalMs: number
}

/** How often and after what pause an idempotent call is tried again. */
export interface RetryPolicy {
  /** Tries in all. */
  readonly attempts: number
  /** First pause, doubled from try to try, with jitter. */
  readonly baseMs: number
  /** Longest pause of our own choosing. */
  readonly maxMs: number
  /** Longest pause that a service may ask for with Retry-After; asked for more, the call fails at once. */
  readonly maxRetryAfterMs: number
}

/** Everything createOpenStack takes. */
export interface OpenStackOptions {
  readonly auth: AuthOptions
  /** Needed when the catalog has endpoints in several regions. */
  readonly region?: string | undefined
  /** Which endpoint of the catalog; the old `publicURL` spelling is understood. Default `public`. */
  readonly interface?: EndpointInterface | undefined
  readonly timeouts?: Partial<Record<ServiceName, Partial<Timeouts>>> | undefined
  /** Most requests under way to a service at a time. Default 32; 4 to Keystone. */
  readonly concurrency?: Partial<Record<ServiceName, number>> | undefined
  /** Base URLs to use instead of the catalog's. */
  readonly endpointOverrides?: Partial<Record<'neutron' | 'nova' | 'glance', string>> | undefined
  readonly retry?: Partial<RetryPolicy> | undefined
  /** Longest answer accepted, bytes. Default 64 MiB. */
  readonly maxBodyBytes?: number | undefined
  readonly userAgent?: string | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly logger?: Logger | undefined
  /** Called after every try of every call. */
  readonly onCall?: ((record: CallRecord) => void) | undefined
}

/** Interfaces of a catalog, in today's and in the old spelling. */
export type EndpointInterface = 'public' | 'internal' | 'admin' | 'publicURL' | 'internalURL' | 'adminURL'

const PATIENT: Timeouts = { connectMs: 5_000, headersMs: 60_000, bodyMs: 30_000, totalMs: 120_000 }

/** Nova asks Neutron and others before it answers; Keystone answers at once or is in trouble. */
export const DEFAULT_TIMEOUTS: Readonly<Record<ServiceName, Timeouts>> = {
  keystone: { connectMs: 5_000, headersMs: 20_000, bodyMs: 10_000, totalMs: 45_000 },
  neutron: PATIENT,
  nova: PATIENT,
  glance: PATIENT,
}

/** Requests under way at a time. */
export const DEFAULT_CONCURRENCY: Readonly<Record<ServiceName, number>> = {
  keystone: 4,
  neutron: 32,
  nova: 32,
  glance: 32,
}

/** Four tries within about two seconds: enough for a restart behind a proxy; longer troubles are the caller's to wait out. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 4, baseMs: 250, maxMs: 5_000, maxRetryAfterMs: 60_000 }

/** 10,000 ports are about 9 MB. */
export const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024
