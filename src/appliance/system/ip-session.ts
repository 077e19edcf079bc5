import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { CHILD_ENVIRONMENT, CommandFailed, commandLine } from './commands.ts'

const LIMIT_MS = 5_000

interface Waiting {
  readonly lines: string[]
  readonly wanted: number
  readonly resolve: (lines: readonly string[]) => void
  readonly reject: (error: Error) => void
}

/**
 * An `ip -batch` that stays: each look at the kernel is a line to it and a line of JSON back, and costs no process. Questions are
 * answered in their order. One that ends or hangs is replaced at the next question.
 */
export class IpSession {
  readonly #args: readonly string[]
  #child: ChildProcess | null = null
  #rest: string[] = []
  #waiting: Waiting[] = []

  /** `args` stand before `-batch`: `-j`, `-6`… */
  constructor(args: readonly string[]) {
    this.#args = args
  }

  /** One line of JSON for each question. @throws CommandFailed when ip refuses one, ends, or takes too long. */
  ask(questions: readonly string[]): Promise<readonly string[]> {
    const child = this.#child ?? this.#start()
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => this.#end(`no answer within ${LIMIT_MS} ms`), LIMIT_MS)
      this.#waiting.push({
        lines: [],
        wanted: questions.length,
        resolve: (lines) => {
          clearTimeout(limit)
          resolve(lines)
        },
        reject: (error) => {
          clearTimeout(limit)
          reject(error)
        },
      })
      child.stdin?.write(`${questions.join('\n')}\n`)
    })
  }

  #start(): ChildProcess {
    const line = commandLine('ip', [...this.#args, '-batch', '-'])
    const child = spawn(line.path, line.args, { env: CHILD_ENVIRONMENT, stdio: ['pipe', 'pipe', 'ignore'] })
    this.#child = child
    child.stdout?.on('data', (chunk: Buffer) => {
      if (this.#child === child) this.#take(chunk.toString())
    })
    const ended = (): void => {
      if (this.#child === child) this.#end('ended')
    }
    child.on('error', ended)
    child.on('exit', ended)
    child.stdin?.on('error', () => undefined)
    // It shall not keep anybody from ending; a question that is open does, by its limit.
    child.unref()
    for (const end of [child.stdin, child.stdout]) if (end instanceof Socket) end.unref()
    return child
  }

  #take(text: string): void {
    const parts = text.split('\n')
    this.#rest.push(parts[0] ?? '')
    for (const part of parts.slice(1)) {
      const line = this.#rest.join('')
      this.#rest = [part]
      const [first] = this.#waiting
      if (!first) continue
      first.lines.push(line)
      if (first.lines.length < first.wanted) continue
      this.#waiting.shift()
      first.resolve(first.lines)
    }
  }

  #end(why: string): void {
    this.#child?.kill('SIGKILL')
    this.#child = null
    this.#rest = []
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) one.reject(new CommandFailed('ip', why))
  }

  /** Ends the process; the next question starts another. */
  close(): void {
    this.#end('closed')
  }
}
