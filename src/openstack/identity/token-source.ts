import { backoffMs, type Clock, type Logger, messageOf, type Random } from '../../shared/index.ts'
import { OpenStackError } from '../errors.ts'
import { waitFor } from '../http/deadline.ts'
import type { Token } from './token.ts'

/** Keeps one token, shared by every call of the process. */
export interface TokenSource {
  /** The token in use; fetches one when there is none. All who wait share one fetch. */
  get(signal: AbortSignal): Promise<Token>
  /** A service answered 401 to this token. True when another one is worth a try. */
  refused(token: Token): boolean
  /** A service took this token. */
  accepted(token: Token): void
}

/** What a token source is built from. */
export interface TokenSourceParts {
  /** Asks Keystone. Must end by itself. */
  readonly fetch: () => Promise<Token>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** A token is renewed this long before it ends, or after 4/5 of its life when that is later. */
const MARGIN_MS = 300_000
const BACKGROUND_PAUSE_MS = 10_000
/** After so many fresh tokens refused in a row it is not the tokens. */
const REFUSALS = 3
/** Pause between log-ins that Keystone refused: it may lock the user out after a few wrong passwords. */
const LOGIN_PAUSE = { baseMs: 1_000, maxMs: 60_000 } as const

/**
 * A source that fetches lazily, renews ahead of the end while the old token still serves (so that nobody waits, and Keystone may be
 * away for a while), and does not hammer a Keystone that refuses.
 */
export function createTokenSource(parts: TokenSourceParts): TokenSource {
  const { clock, logger } = parts
  let current: Token | null = null
  let renewAt = 0
  let inFlight: Promise<Token> | null = null
  let refusals = 0
  let failures = 0
  let login: { readonly error: unknown; readonly until: number } | null = null
  let refusedUntil = 0

  function fetchOnce(): Promise<Token> {
    inFlight ??= fetchNow().finally(() => {
      inFlight = null
    })
    return inFlight
  }

  async function fetchNow(): Promise<Token> {
    const started = clock.monotonic()
    if (login !== null && started < login.until) throw login.error
    try {
      const token = await parts.fetch()
      failures = 0
      login = null
      current = token
      // Measured from before the request, by the life Keystone gives it: our wall clock need not agree with Keystone's.
      const margin = Math.min(MARGIN_MS, token.lifetimeMs / 5) * (1 + parts.random() / 2)
      renewAt = token.validUntil - margin
      return token
    } catch (error) {
      if (error instanceof OpenStackError && (error.status === 401 || error.status === 403)) {
        failures += 1
        login = { error, until: clock.monotonic() + backoffMs(failures, LOGIN_PAUSE, parts.random) }
      }
      throw error
    }
  }

  function renewInBackground(): void {
    if (inFlight !== null) return
    renewAt = clock.monotonic() + BACKGROUND_PAUSE_MS
    fetchOnce().catch((error: unknown) => {
      logger.warn({ error: messageOf(error) }, 'could not renew the token yet, the old one still serves')
    })
  }

  return {
    get(signal) {
      const now = clock.monotonic()
      if (current === null || now >= current.validUntil) return waitFor(fetchOnce(), signal)
      if (now >= renewAt) renewInBackground()
      return Promise.resolve(current)
    },
    refused(token) {
      // Somebody else noticed first: there is a newer one already, or it is being fetched.
      if (current !== token) return true
      const now = clock.monotonic()
      refusals += 1
      if (refusals > REFUSALS) {
        if (now < refusedUntil) return false
        refusedUntil = now + backoffMs(refusals - REFUSALS, LOGIN_PAUSE, parts.random)
      }
      current = null
      return true
    },
    accepted(token) {
      if (current === token) refusals = 0
    },
  }
}
