import type { InstanceState } from '../../contract/index.ts'

/**
 * Milliseconds left of an error cool-down; 0 when there is none: only a resource in error that failed less than `cooldownMs` ago is in
 * one (error_cooldown.csv). `lastErrorAt` and `now` are of the same clock; null: it never failed.
 */
export function errorCooldownLeftMs(
  instanceState: InstanceState,
  lastErrorAt: number | null,
  now: number,
  cooldownMs: number,
): number {
  if (instanceState !== 'error' || lastErrorAt === null) return 0
  return Math.max(0, lastErrorAt + cooldownMs - now)
}
