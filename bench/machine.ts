import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

/** The processor's name; virtual machines that hide it are named as such. */
function processor(): string {
  const named = cpus()[0]?.model.trim()
  if (named && named !== 'unknown') return named
  try {
    return /model name\s*:\s*(.+)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown processor'
  } catch {
    return 'unknown processor'
  }
}

/** One line about the machine, whatever it does at the moment. */
export function hardware(): string {
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  return `${availableParallelism()} x ${processor()}, ${memory} GiB, ${type()} ${release()}, Node ${process.versions.node}`
}

/** One line about the machine and its load, without which a figure says nothing. */
export function machine(): string {
  return `${hardware()}, load ${loadavg()[0]?.toFixed(1)}`
}
