/** Injected randomness: a number in [0, 1), like Math.random. */
export type Random = () => number

/** The default source. */
export const systemRandom: Random = () => Math.random()

/**
 * Exponential back-off with full-range jitter: attempt 1 waits about `baseMs`, each further one `factor` times longer, never more than
 * `maxMs`; the result is spread over ±`jitter` of itself so that many that failed together do not come back together.
 */
export function backoffMs(
  attempt: number,
  options: { readonly baseMs: number; readonly maxMs: number; readonly factor?: number; readonly jitter?: number },
  random: Random = systemRandom,
): number {
  const { baseMs, maxMs, factor = 2, jitter = 0.25 } = options
  const plain = Math.min(maxMs, baseMs * factor ** Math.max(0, attempt - 1))
  return Math.max(0, Math.round(plain * (1 + jitter * (2 * random() - 1))))
}
