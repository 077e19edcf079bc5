/** `2026-11-22T15:10:03Z`, as REST answers write times. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** `2026-11-22 15:10:06`, as agents' times are written. */
export function sqlSeconds(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

/** `2026-11-22 15:11:49.111000`, as contexts and notifications write times. */
export function sqlMicros(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')}000`
}

/** `2026-11-22T15:23:39.000000Z`, as Keystone writes times. */
export function isoMicros(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}.000000Z`
}

/** `2026-11-22T15:23:39.000000`, as agents' times are written in notifications. */
export function isoMicrosPlain(ms: number): string {
  return isoMicros(ms).slice(0, -1)
}
