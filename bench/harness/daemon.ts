import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../test/support/rabbitmq.ts'
import { cpuSeconds, memory } from './machine.ts'
import { until } from './wait.ts'

type Groups = Readonly<Record<string, Readonly<Record<string, string | number>>>>

export interface DaemonOptions {
  readonly settings: Groups
  /** The built program instead of the sources. */
  readonly built: boolean
  /** Where CPU profiles of every process go; null: none are made. */
  readonly profileDir: string | null
}

interface WorkerRow {
  readonly pid: number | null
  readonly queued: number
  readonly running: readonly unknown[]
  readonly event_loop_p99_ms: number | null
  readonly heap_bytes: number
}

/** The orchestrator under test: its main process and its workers. */
export interface Daemon {
  readonly pid: number
  /** Milliseconds since it was started. */
  age(): number
  /** Metric with its labels as printed → value; null while the API does not answer. */
  metrics(): Promise<ReadonlyMap<string, number> | null>
  workers(): Promise<readonly WorkerRow[]>
  poll(): Promise<void>
  /** Of all its processes. */
  cpuSeconds(): Promise<{ readonly main: number; readonly workers: number }>
  memory(): Promise<{ readonly rss: number; readonly pss: number; readonly perProcess: readonly number[] }>
  signal(name: NodeJS.Signals): void
  stop(): Promise<void>
}

const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const FROM_SOURCE = fileURLToPath(new URL('daemon-main.ts', import.meta.url))

function ini(groups: Groups): string {
  return Object.entries(groups)
    .map(
      ([group, values]) =>
        `[${group}]\n${Object.entries(values)
          .map(([k, v]) => `${k} = ${v}\n`)
          .join('')}`,
    )
    .join('\n')
}

export async function startDaemon({ settings, built, profileDir }: DaemonOptions): Promise<Daemon> {
  const home = mkdtempSync(join(tmpdir(), 'astara-bench-'))
  const port = await freePort()
  const config = join(home, 'orchestrator.ini')
  const all = { ...settings, DEFAULT: { ...settings.DEFAULT, api_listen: '127.0.0.1', api_port: port } }
  writeFileSync(config, ini(all))
  const log = join(home, 'log')
  const sink = openSync(log, 'a')
  if (profileDir !== null) mkdirSync(profileDir, { recursive: true })
  const started = performance.now()
  const child: ChildProcess = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      ...(built ? [PROGRAM, 'run', '--config-file', config] : [FROM_SOURCE, config]),
    ],
    {
      stdio: ['ignore', sink, sink],
      env: {
        ...process.env,
        ...(profileDir === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDir}` }),
      },
    },
  )
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  const tail = (): string => readFileSync(log, 'utf8').split('\n').slice(-15).join('\n')
  const base = `http://127.0.0.1:${port}`
  const get = async (path: string): Promise<Response> => {
    const answer = await fetch(base + path, { signal: AbortSignal.timeout(60_000) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }
  const workers = async (): Promise<readonly WorkerRow[]> =>
    ((await (await get('/v1/workers')).json()) as { workers: WorkerRow[] }).workers
  await until(
    'the orchestrator answers',
    async () => {
      if (child.exitCode !== null) throw new Error(`the orchestrator ended: ${child.exitCode}\n${tail()}`)
      return get('/healthz').then(
        () => true,
        () => false,
      )
    },
    { limitMs: 60_000, everyMs: 20 },
  )
  const pid = child.pid ?? 0
  const pids = async (): Promise<number[]> => (await workers()).flatMap((worker) => worker.pid ?? [])
  return {
    pid,
    age: () => performance.now() - started,
    async metrics() {
      const answer = await get('/metrics').catch(() => null)
      return answer && parseMetrics(await answer.text())
    },
    workers,
    async poll() {
      const answer = await fetch(`${base}/v1/poll`, { method: 'POST', headers: { 'x-astara-client': 'bench' } })
      if (!answer.ok) throw new Error(`poll: ${answer.status} ${await answer.text()}`)
    },
    async cpuSeconds() {
      const of = await pids()
      return { main: cpuSeconds(pid), workers: of.reduce((sum, one) => sum + cpuSeconds(one), 0) }
    },
    async memory() {
      const each = [pid, ...(await pids())].map(memory)
      return {
        rss: each.reduce((sum, { rss }) => sum + rss, 0),
        pss: each.reduce((sum, { pss }) => sum + pss, 0),
        perProcess: each.map(({ rss }) => rss),
      }
    },
    signal: (name) => process.kill(pid, name),
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), 60_000)
      await exited
      clearTimeout(killer)
      if (process.env.BENCH_KEEP_LOGS === undefined) rmSync(home, { recursive: true, force: true })
      else console.error(`log: ${log}`)
    },
  }
}

function parseMetrics(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    const cut = line.lastIndexOf(' ')
    if (cut > 0 && !line.startsWith('#')) values.set(line.slice(0, cut), Number(line.slice(cut + 1)))
  }
  return values
}

/** Sum of all series of one metric whose labels contain every given text. */
export function total(metrics: ReadonlyMap<string, number> | null, name: string, ...labels: string[]): number {
  let sum = 0
  for (const [series, value] of metrics ?? []) {
    if ((series === name || series.startsWith(`${name}{`)) && labels.every((label) => series.includes(label)))
      sum += value
  }
  return sum
}
