import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Lab } from './lab.ts'

const MAIN = fileURLToPath(new URL('./agent-main.ts', import.meta.url))

/** An appliance in a namespace of the lab, with the orchestrator's end of the management network in another. */
export class Router {
  readonly #lab: Lab
  readonly #space: string
  readonly #from: string
  readonly address: string
  #agent: ChildProcess | null = null
  log = ''

  constructor(lab: Lab, space: string, address: string, from: string) {
    this.#lab = lab
    this.#space = space
    this.address = address
    this.#from = from
  }

  async start(overrides: Record<string, unknown> = {}): Promise<void> {
    const options = {
      listen: this.address,
      port: 5000,
      stateDir: this.#lab.path(`${this.#space}-state`),
      runDir: this.#lab.path(`${this.#space}-run`),
      supervise: true,
      identity: false,
      resolvConf: '/etc/resolv.conf',
      dnsmasqUser: 'nobody',
      ipsec: 'userspace',
      probe: { v4: '8.8.8.8', v6: '2001:db8:77::1' },
      metadataProxy: true,
      reconcileMs: 0,
      ...overrides,
    }
    const agent = this.#lab.background(this.#space, process.execPath, MAIN, JSON.stringify(options))
    this.#agent = agent
    agent.stderr?.on('data', (chunk: Buffer) => {
      this.log += chunk.toString()
    })
    await new Promise<void>((resolve, reject) => {
      agent.stdout?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('ready')) resolve()
      })
      agent.once('exit', (code) => reject(new Error(`the agent ended (${code}):\n${this.log}`)))
    })
  }

  /** Ends the agent; SIGKILL leaves its daemons behind. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const agent = this.#agent
    this.#agent = null
    if (!agent || agent.exitCode !== null || agent.signalCode !== null) return
    const ended = new Promise((resolve) => agent.once('exit', resolve))
    agent.kill(signal)
    await ended
  }

  get pid(): number {
    return this.#agent?.pid ?? 0
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown>; text: string }> {
    const host = this.address.includes(':') ? `[${this.address}]` : this.address
    const file =
      body === undefined
        ? []
        : [
            '-H',
            'content-type: application/json',
            '--data-binary',
            `@${this.#lab.write(`body-${this.#space}.json`, JSON.stringify(body))}`,
          ]
    const { stdout, stderr, code } = await this.#lab.run(
      this.#from,
      'curl',
      ...['-gsS', '-m', '30', '-X', method, '-w', '\n%{http_code}', ...file, `http://${host}:5000${path}`],
    )
    if (code !== 0) throw new Error(`curl: ${stderr}\n${this.log.slice(-2000)}`)
    const cut = stdout.lastIndexOf('\n')
    const text = stdout.slice(0, cut)
    let parsed: Record<string, unknown> = {}
    try {
      parsed = JSON.parse(text)
    } catch {
      // Not every answer is JSON.
    }
    return { status: Number(stdout.slice(cut + 1)), body: parsed, text }
  }

  /** Pushes a configuration; throws when it is not accepted. Returns what changed. */
  async push(config: unknown): Promise<string[]> {
    const answer = await this.request('PUT', '/v1/system/config', config)
    if (answer.status !== 200) throw new Error(`push: ${answer.status} ${answer.text}\n${this.log.slice(-3000)}`)
    return answer.body.changes as string[]
  }
}
