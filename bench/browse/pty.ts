import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A program in a pseudo-terminal (util-linux `script`): what it writes is counted and can be waited for. */
export class Pty {
  readonly #script: ChildProcess
  #pending: { readonly text: string; readonly resolve: (ms: number) => void; readonly began: number } | null = null
  #seen = ''
  bytes = 0
  /** Bursts of output: each is a frame. */
  frames = 0

  constructor(
    command: readonly string[],
    size: { readonly columns: number; readonly rows: number },
    env: Readonly<Record<string, string>>,
  ) {
    const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    this.#script = spawn(
      'script',
      ['-qfec', `stty rows ${size.rows} cols ${size.columns}; exec ${words}`, '/dev/null'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, ...env },
      },
    )
    this.#script.stdout?.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length
      this.frames++
      const pending = this.#pending
      if (pending === null) return
      this.#seen += chunk.toString('latin1')
      if (!this.#seen.includes(pending.text)) return
      this.#pending = null
      pending.resolve(performance.now() - pending.began)
    })
  }

  /** Writes a key; resolves with the milliseconds until `text` came, and gives up after five seconds. */
  press(key: string, text: string): Promise<number> {
    const wait = this.waitFor(text)
    this.#script.stdin?.write(key)
    return wait
  }

  waitFor(text: string, timeoutMs = 5_000): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${JSON.stringify(text)} did not come`)), timeoutMs)
      this.#seen = ''
      this.#pending = {
        text,
        began: performance.now(),
        resolve(ms) {
          clearTimeout(timer)
          resolve(ms)
        },
      }
    })
  }

  /** The program itself, below `script` and its shell. */
  get pid(): number {
    const childOf = (pid: number): number | undefined =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .find((one) => {
          try {
            return (
              Number(
                readFileSync(`/proc/${one}/stat`, 'utf8')
                  .replace(/^.*\) /, '')
                  .split(' ')[1],
              ) === pid
            )
          } catch {
            return false
          }
        })
    let pid = this.#script.pid ?? 0
    for (let child = childOf(pid); child !== undefined; child = childOf(pid)) pid = child
    return pid
  }

  /** Seconds of processor time that its threads have used, to the nanosecond (the clock ticks of /proc/…/stat say little about an idle program). */
  cpuSeconds(): number {
    const tasks = `/proc/${this.pid}/task`
    return (
      readdirSync(tasks).reduce(
        (sum, task) => sum + Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]),
        0,
      ) / 1e9
    )
  }

  rssMegabytes(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]) / 1024
  }

  close(): void {
    this.#script.stdin?.write('q')
    setTimeout(() => this.#script.kill('SIGKILL'), 2_000).unref()
  }
}
