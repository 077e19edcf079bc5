import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { type PingResult, ping } from '../../support/ping.ts'

/** What a command ended with. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A network namespace to do things in; null: this machine itself. */
export class Space {
  readonly name: string | null
  readonly #children: ChildProcess[] = []

  constructor(name: string | null) {
    this.name = name
  }

  #words(command: string, args: readonly string[]): [string, string[]] {
    return this.name === null ? [command, [...args]] : ['ip', ['netns', 'exec', this.name, command, ...args]]
  }

  /** Never rejects. */
  run(command: string, ...args: readonly string[]): Promise<Ended> {
    const [program, words] = this.#words(command, args)
    return new Promise((resolve) => {
      execFile(program, words, { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      )
    })
  }

  /** Starts a program given as its source; resolves once it prints `ready`. It runs until `close`. */
  async serve(source: string, ...args: readonly string[]): Promise<void> {
    const [program, words] = this.#words(process.execPath, ['--input-type=module', '-e', source, ...args])
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#children.push(child)
    let said = ''
    await new Promise<void>((resolve, reject) => {
      const listen = (chunk: Buffer): void => {
        said += chunk.toString()
        if (said.includes('ready')) resolve()
      }
      child.stdout?.on('data', listen)
      child.stderr?.on('data', listen)
      child.once('exit', () => reject(new Error(`a server ended: ${said}`)))
    })
  }

  /** Pings; how many answers came of how many sent. */
  ping(target: string, count?: number, interval?: number): Promise<PingResult> {
    return ping((...command) => this.run(...command), target, count, interval)
  }

  reaches = async (target: string): Promise<boolean> => (await this.ping(target)).received > 0

  /** GET; null when nothing answers with success within the seconds. */
  async get(url: string, headers: readonly string[] = [], seconds = 3): Promise<string | null> {
    const named = headers.flatMap((header) => ['-H', header])
    const { code, stdout } = await this.run('curl', '-gsSf', '-m', String(seconds), ...named, url)
    return code === 0 ? stdout : null
  }

  /** Status of a GET; 0 when there is no answer. */
  async status(url: string, headers: readonly string[] = [], seconds = 3): Promise<number> {
    const named = headers.flatMap((header) => ['-H', header])
    const { stdout } = await this.run(
      'curl',
      ...['-gsS', '-o', '/dev/null', '-w', '%{http_code}', '-m', String(seconds), ...named, url],
    )
    return Number(stdout)
  }

  /** Pings a host 50 times a second and reads a stream server on it, until told to stop. */
  async watch(address: string, port: number): Promise<Watch> {
    const start = (command: string, ...args: readonly string[]) => {
      const [program, words] = this.#words(command, args)
      const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
      this.#children.push(child)
      let text = ''
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
      const stop = async (): Promise<string> => {
        child.kill('SIGINT')
        await ended
        return text
      }
      return { stop, said: () => text }
    }
    const reader = start(process.execPath, '--input-type=module', '-e', STREAM_READER, address, String(port))
    const pings = start('ping', '-n', '-W', '1', '-i', '0.02', address)
    while (!reader.said().includes('ready')) await new Promise((resolve) => setTimeout(resolve, 20))
    return {
      async stop() {
        const answered = [...(await pings.stop()).matchAll(/icmp_seq=(\d+) ttl/g)].map((match) => Number(match[1]))
        const last = Math.max(0, ...answered)
        const seen = (await reader.stop()).replace('ready', '').trim()
        return { pings: last, lost: last - new Set(answered).size, stream: JSON.parse(seen) }
      },
    }
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }
}

/** Traffic under watch. */
export interface Watch {
  stop(): Promise<{
    readonly pings: number
    /** Pings without an answer, of those before the last that had one. */
    readonly lost: number
    readonly stream: {
      readonly lines: number
      readonly orderly: boolean
      /** Longest silence, in milliseconds. */
      readonly gap: number
      readonly closed: boolean
    }
  }>
}

/** Reads numbered lines until SIGINT, then says how many, whether in order, and the longest silence. Arguments: address, port. */
const STREAM_READER = `
import { connect } from 'node:net'
const [address, port] = process.argv.slice(1)
let rest = '', next = 0, orderly = true, gap = 0, last = performance.now(), closed = false
const socket = connect(Number(port), address, () => { console.log('ready'); last = performance.now() })
socket.on('data', (chunk) => {
  const now = performance.now(); gap = Math.max(gap, now - last); last = now
  const lines = (rest + chunk).split('\\n'); rest = lines.pop()
  for (const line of lines) { if (Number(line) !== next) orderly = false; next++ }
})
socket.on('close', () => { closed = true }).on('error', () => { closed = true })
process.on('SIGINT', () => {
  gap = Math.max(gap, performance.now() - last)
  console.log(JSON.stringify({ lines: next, orderly, gap: Math.round(gap), closed })); process.exit(0)
})
`
