import type { Resource } from '../../../../src/contract/index.ts'
import { childrenOf, type Program, startProgram, until } from '../../../support/program.ts'

/** What every orchestrator under test is told besides where its cloud is: notice soon what happens behind its back. */
const ENVIRONMENT = {
  OS_DEFAULT__API_PORT: '0',
  OS_DEFAULT__NUM_WORKER_PROCESSES: '1',
  OS_DEFAULT__HEALTH_CHECK_PERIOD: '5',
  OS_DEFAULT__ALIVE_TIMEOUT: '2',
}

/**
 * What is different for an orchestrator on another host: its name, and what it keeps. It reaches the appliances through the first one's
 * management port, and leaves metadata to it, for both stand on one machine.
 */
export const asAnotherHost = (host: string): Readonly<Record<string, string>> => ({
  OS_DEFAULT__HOST: host,
  OS_DEFAULT__INTERFACE_DRIVER: 'none',
  OS_DEFAULT__METADATA_PROXY: 'false',
  OS_DATABASE__CONNECTION: 'sqlite://',
})

/** `astara run` with a configuration file; it can be stopped and started again. */
export class Orchestrator {
  readonly #config: string
  readonly #env: Readonly<Record<string, string>>
  #program: Program | null = null
  #url = ''
  #log = ''

  constructor(config: string, env: Readonly<Record<string, string>> = {}) {
    this.#config = config
    this.#env = env
  }

  /** Its HTTP API. */
  get url(): string {
    return this.#url
  }

  /** Everything it has logged, all runs together. */
  get log(): string {
    return this.#log + (this.#program?.output() ?? '')
  }

  get pid(): number | null {
    return this.#program?.child.pid ?? null
  }

  async start(): Promise<void> {
    const program = startProgram(['run', '--config-file', this.#config], { ...ENVIRONMENT, ...this.#env })
    this.#program = program
    const line = await program.line(/orchestrator started/, 60_000)
    this.#url = /url=(\S+)/.exec(line)?.[1] ?? ''
    await until(
      async () => (await fetch(`${this.#url}/readyz`)).ok,
      (ready) => ready,
      60_000,
    )
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const program = this.#program
    if (!program) return
    program.child.kill(signal)
    await program.ended
    this.#log += program.output()
    this.#program = null
  }

  /** All of it stands still, as on a host that hangs, until it is told to go on. */
  standStill(): () => void {
    const main = this.#program?.child.pid
    const all = main === undefined ? [] : [main, ...childrenOf(main)]
    for (const pid of all) process.kill(pid, 'SIGSTOP')
    return () => {
      for (const pid of all) process.kill(pid, 'SIGCONT')
    }
  }

  async resource(id: string): Promise<Resource | null> {
    const answer = await fetch(`${this.#url}/v1/resources/${id}`)
    return answer.ok ? ((await answer.json()) as { resource: Resource }).resource : null
  }

  /** Its metrics, as Prometheus reads them. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.#url}/metrics`)).text()
  }
}
