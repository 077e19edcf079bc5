import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { vi } from 'vitest'
import { SYSTEM_PYTHON } from './peers.ts'

/** A line that a Python peer said. */
export type PeerLine = Readonly<Record<string, unknown>>

/** A running Python program that speaks JSON lines. */
export interface PythonPeer {
  readonly lines: PeerLine[]
  /** Waits for the first line for which `matches` is true. Fails with the program's error output. */
  line(matches: (line: PeerLine) => boolean): Promise<PeerLine>
  /** Closes its standard input and waits for its end; kills it after 10 s. */
  stop(): Promise<void>
}

export function startPython(program: string, args: readonly string[]): PythonPeer {
  const child = spawn(SYSTEM_PYTHON, ['-W', 'ignore', program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const lines: PeerLine[] = []
  let errors = ''
  let ended = false
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString()
  })
  createInterface({ input: child.stdout }).on('line', (text) => lines.push(JSON.parse(text)))
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  void closed.then(() => {
    ended = true
  })
  return {
    lines,
    line: (matches) =>
      vi.waitFor(
        () => {
          const found = lines.find(matches)
          if (found) return found
          throw new Error(
            `${ended ? 'the peer ended' : 'no such line yet'}: ${JSON.stringify(lines.slice(-3))}\n${errors.slice(-3000)}`,
          )
        },
        { timeout: 30_000, interval: 20 },
      ),
    async stop() {
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await closed
      clearTimeout(timer)
    },
  }
}
