import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock } from '../../shared/index.ts'
import { CHILD_ENVIRONMENT, commandLine, findTool, run } from './commands.ts'

const AGAIN_MS = 1_000

/** Until then it may not have begun to listen. */
const SETTLE_MS = 1_000

/**
 * Listens to the kernel's news of firewall rules, so that rules which nobody touched need not be read again. It tells less than reading:
 * news of a change in the very last moment may still be on the way. Whoever must know reads.
 */
export class RulesWatch {
  readonly #clock: Clock
  #child: ChildProcess | null = null
  #news = 0
  #startedAt = 0
  #started = false
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A number that is another one after every change; null while nobody listens. */
  get version(): number | null {
    if (this.#child === null || this.#clock.monotonic() - this.#startedAt < SETTLE_MS) return null
    return this.#news
  }

  /** Begins to listen, if that was not done. */
  start(): void {
    if (this.#started) return
    this.#started = true
    void this.#begin()
  }

  /** Only rules that nft keeps are in its news. */
  async #begin(): Promise<void> {
    if (findTool('nft') === null) return
    const { stdout } = await run('iptables', ['-V']).catch(() => ({ stdout: '' }))
    if (stdout.includes('nf_tables')) this.#listen()
  }

  #listen(): void {
    if (this.#closed) return
    const line = commandLine('nft', ['monitor', 'ruleset'])
    const child = spawn(line.path, line.args, { env: CHILD_ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] })
    const heard = (): void => {
      this.#news += 1
    }
    child.stdout?.on('data', heard)
    // Such as: the kernel spoke faster than it could listen.
    child.stderr?.on('data', heard)
    const ended = (): void => {
      if (this.#child !== child) return
      this.#child = null
      this.#news += 1
      this.#clock.after(AGAIN_MS, () => this.#listen(), { unref: true })
    }
    child.on('error', ended)
    child.on('exit', ended)
    child.unref()
    this.#child = child
    this.#startedAt = this.#clock.monotonic()
  }

  close(): void {
    this.#closed = true
    const child = this.#child
    this.#child = null
    child?.kill('SIGTERM')
  }
}
