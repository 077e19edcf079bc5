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

/** One process and the questions that it has not answered yet. */
interface Turn {
  readonly child: ChildProcess
  rest: string
  readonly waiting: Waiting[]
}

/**
 * An `ip -batch` that stays: each look at the kernel is a line to it and a line of JSON back, and costs no process. Questions are
 * answered in their order. One that ends or hangs is replaced at the next question.
 */
export class IpSession {
  readonly #args: readonly string[]
  #turn: Turn | null = null

  /** `args` stand before `-batch`: `-j`, `-6`… */
  constructor(args: readonly string[]) {
    this.#args = args
  }

  /** One line of JSON for each question. @throws CommandFailed when ip refuses one, ends, or takes too long. */
  ask(questions: readonly string[]): Promise<readonly string[]> {
    const turn = this.#turn ?? this.#start()
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => this.#end(turn, `no answer within ${LIMIT_MS} ms`), LIMIT_MS)
      turn.waiting.push({
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
      turn.child.stdin?.write(`${questions.join('\n')}\n`)
    })
  }

  #start(): Turn {
    const line = commandLine('ip', [...this.#args, '-batch', '-'])
    const child = spawn(line.path, line.args, { env: CHILD_ENVIRONMENT, stdio: ['pipe', 'pipe', 'ignore'] })
    const turn: Turn = { child, rest: '', waiting: [] }
    this.#turn = turn
    child.stdout?.on('data', (chunk: Buffer) => take(turn, chunk.toString()))
    child.on('error', () => this.#end(turn, 'cannot be started'))
    // Not at its exit: what it said before may still be on the way.
    child.on('close', () => this.#end(turn, 'ended'))
    child.stdin?.on('error', () => undefined)
    // It shall not keep anybody from ending; a question that is open does, by its limit.
    child.unref()
    for (const end of [child.stdin, child.stdout]) if (end instanceof Socket) end.unref()
    return turn
  }

  #end(turn: Turn, why: string): void {
    if (this.#turn === turn) this.#turn = null
    turn.child.kill('SIGKILL')
    for (const one of turn.waiting.splice(0)) one.reject(new CommandFailed('ip', why))
  }

  /** The next question starts another process; this one answers what it was asked, and ends. */
  renew(): void {
    this.#turn?.child.stdin?.end()
    this.#turn = null
  }
}

function take(turn: Turn, text: string): void {
  const [first = '', ...more] = text.split('\n')
  turn.rest += first
  for (const part of more) {
    const line = turn.rest
    turn.rest = part
    const [open] = turn.waiting
    if (!open) continue
    open.lines.push(line)
    if (open.lines.length < open.wanted) continue
    turn.waiting.shift()
    open.resolve(open.lines)
  }
}
