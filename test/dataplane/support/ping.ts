/** Losses of a ping. */
export interface PingResult {
  readonly sent: number
  readonly received: number
}

/** Runs a program and says what it printed. */
type Run = (program: string, ...args: readonly string[]) => Promise<{ readonly stdout: string }>

/** Pings `count` times every `interval` seconds; each answer may take a second. */
export async function ping(run: Run, target: string, count = 1, interval = 0.2): Promise<PingResult> {
  const { stdout } = await run('ping', '-nq', '-W', '1', '-c', String(count), '-i', String(interval), target)
  const found = /(\d+) packets transmitted, (\d+) received/.exec(stdout)
  return { sent: Number(found?.[1] ?? count), received: Number(found?.[2] ?? 0) }
}
