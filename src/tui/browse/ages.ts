import { age } from '../../cli/index.ts'

/** Ages on the screen move in steps of this: a quiet list costs no power and no bytes. */
export const AGE_STEP_MS = 10_000

/** How long ago, for a list: `now` (less than ten seconds), `20s`, `5m`, `3d4h`; `-` for never. */
export function listAge(iso: string | null, now: number): string {
  if (iso === null) return '-'
  const ms = now - Date.parse(iso)
  if (Number.isNaN(ms)) return '?'
  if (ms < AGE_STEP_MS) return 'now'
  return ms < 60_000 ? `${Math.floor(ms / AGE_STEP_MS) * 10}s` : age(iso, now)
}

/** The time that ages are told from. */
export const steppedTime = (now: number): number => Math.floor(now / AGE_STEP_MS) * AGE_STEP_MS

/** Time of day to the millisecond, UTC, as timelines show it. */
export const timeOfDay = (iso: string): string => iso.slice(11, 23)
