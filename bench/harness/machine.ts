import { readFileSync } from 'node:fs'

/** CPU seconds (user and system) that a process has used since its start; 0 when it is gone. */
export function cpuSeconds(pid: number): number {
  try {
    // Behind the name in parentheses: state is field 3, utime 14, stime 15, in ticks of 1/100 s.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return 0
  }
}

/** Memory of a process, bytes: all of it, and its share when shared pages are divided among those who share them. */
export function memory(pid: number): { readonly rss: number; readonly pss: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1_024
  return { rss: bytes('Rss'), pss: bytes('Pss') }
}
