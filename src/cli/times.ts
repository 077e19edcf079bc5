const UNITS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
  [1, 's'],
]

/** How long ago a time was, as an operator reads it: `12s`, `5m`, `3h`, `3d4h`; `0s` for what is still to come by clock skew. */
export function age(iso: string, nowMs: number): string {
  const then = Date.parse(iso)
  if (Number.isNaN(then)) return iso
  const seconds = Math.max(0, Math.floor((nowMs - then) / 1000))
  for (const [i, [size, unit]] of UNITS.entries()) {
    if (seconds < size) continue
    const whole = Math.floor(seconds / size)
    const next = UNITS[i + 1]
    // The second unit says something only while the first one is small.
    const rest = next && whole < 10 && unit !== 'm' ? Math.floor((seconds % size) / next[0]) : 0
    return rest > 0 && next ? `${whole}${unit}${rest}${next[1]}` : `${whole}${unit}`
  }
  return '0s'
}

/** A moment by the clock of this place: with the day when that is not today. */
export function clockTime(iso: string, nowMs: number): string {
  const then = new Date(iso)
  if (Number.isNaN(then.getTime())) return iso
  const two = (n: number): string => String(n).padStart(2, '0')
  const time = `${two(then.getHours())}:${two(then.getMinutes())}:${two(then.getSeconds())}`
  const isToday = then.toDateString() === new Date(nowMs).toDateString()
  const day = `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`
  return isToday ? `${time}.${String(then.getMilliseconds()).padStart(3, '0')}` : `${day} ${time}`
}
