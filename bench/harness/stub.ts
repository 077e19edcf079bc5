import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../test/support/rabbitmq.ts'
import { until } from './wait.ts'

/** What the fake appliances have been asked since the last reset. */
export interface StubStats {
  readonly alive: number
  readonly alive_distinct: number
  readonly interfaces: number
  readonly config: number
  readonly config_distinct: number
  readonly hung: number
  readonly connections: number
}

/** `appliance_stub.py`: fake appliances on loopback addresses, in a process of their own. */
export interface Stub {
  readonly port: number
  readonly controlPort: number
  stats(): Promise<StubStats>
  reset(): Promise<void>
  set(settings: Readonly<Record<string, string | number>>): Promise<void>
  /** Appliance number → wall-clock milliseconds at which it was asked last. */
  arrivals(kind: 'alive' | 'interfaces' | 'config'): Promise<ReadonlyMap<number, number>>
  stop(): void
}

const SCRIPT = fileURLToPath(new URL('../appliance_stub.py', import.meta.url))

export async function startStub(): Promise<Stub> {
  const [port, controlPort] = [await freePort(), await freePort()]
  const child = spawn('/usr/bin/python3', [SCRIPT, '--port', String(port), '--control', String(controlPort)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let failure: string | null = null
  child.once('error', (error) => {
    failure = error.message
  })
  child.once('exit', (code) => {
    failure = `exit code ${code}`
  })
  const ask = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${controlPort}${path}`, { signal: AbortSignal.timeout(30_000) })
    return answer.json()
  }
  await until('the appliance stub answers', async () => {
    if (failure !== null) throw new Error(`the appliance stub did not start (${failure}); it needs /usr/bin/python3`)
    return ask('/stats').then(
      () => true,
      () => false,
    )
  })
  return {
    port,
    controlPort,
    // The stub is ours: its answers are what its source says.
    stats: async () => (await ask('/stats')) as StubStats,
    reset: async () => void (await ask('/reset')),
    set: async (settings) => {
      const query = new URLSearchParams(
        Object.entries(settings).map(([key, value]): [string, string] => [key, String(value)]),
      )
      await ask(`/set?${query}`)
    },
    arrivals: async (kind) => {
      const found = (await ask(`/arrivals?kind=${kind}`)) as Record<string, number>
      return new Map(Object.entries(found).map(([index, seconds]) => [Number(index), seconds * 1_000]))
    },
    stop: () => child.kill('SIGKILL'),
  }
}
