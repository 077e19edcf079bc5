import { randomUUID } from 'node:crypto'
import type { Random } from '../shared/index.ts'

/** Makes the identifiers of the cloud. */
export interface Ids {
  /** Lower-case UUID with dashes (version 4). */
  uuid(): string
  /** 32 hexadecimal digits, as Keystone's ids. */
  hex(): string
  /** `count` lower-case hexadecimal bytes. */
  bytes(count: number): readonly string[]
}

/** With a `random` of one's own the ids repeat from run to run; without one they come from the system's generator. */
export function createIds(random: Random | null): Ids {
  const byte = random ?? Math.random
  const bytes = (count: number): readonly string[] =>
    Array.from({ length: count }, () =>
      Math.floor(byte() * 256)
        .toString(16)
        .padStart(2, '0'),
    )
  const uuid = (): string => {
    if (!random) return randomUUID()
    const hex = bytes(16).join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
  }
  return { uuid, hex: () => uuid().replaceAll('-', ''), bytes }
}
