/** The value below which `share` of the numbers lie (nearest rank); NaN of nothing. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** p50, p99 and the largest of some milliseconds. */
export interface Spread {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export function spread(milliseconds: readonly number[]): Spread {
  return {
    p50: percentile(milliseconds, 0.5),
    p99: percentile(milliseconds, 0.99),
    max: Math.max(...milliseconds),
  }
}

/** Milliseconds as people read them: `87 ms`, `4.1 s`. */
export function showMs(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`
}

export function showMb(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(0)} MB`
}
