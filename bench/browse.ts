/**
 * What the console costs, in a real pseudo-terminal against a stub of the API in a process of its own.
 *
 *     npm run build && node bench/browse.ts [--resources 10000] [--changes 200] [--keys 400] [--minutes 1]
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort, LiveHeap } from './browse/live-heap.ts'
import { Pty } from './browse/pty.ts'

const { values } = parseArgs({
  options: {
    resources: { type: 'string', default: '10000' },
    changes: { type: 'string', default: '200' },
    keys: { type: 'string', default: '400' },
    minutes: { type: 'string', default: '1' },
    columns: { type: 'string', default: '120' },
    rows: { type: 'string', default: '40' },
  },
})
const number = (name: keyof typeof values): number => Number(values[name])
const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
/** The style of the selected row: a frame that answers a movement paints in it, one of the data only when that row changed. */
const SELECTED = '\u001b[7m'

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
const ms = (n: number): string => `${n.toFixed(1)} ms`

function say(what: string, result: string, aim = ''): void {
  console.log(`${what.padEnd(46)} ${result.padEnd(44)} ${aim}`)
}

const stub = spawn(process.execPath, [place('browse/stub.ts'), values.resources], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const port = await new Promise<string>((resolve) =>
  stub.stdout.once('data', (chunk: Buffer) => resolve(String(chunk).trim())),
)
const rate = (perSecond: number, among: number): Promise<unknown> =>
  fetch(`http://127.0.0.1:${port}/rate?per_second=${perSecond}&among=${among}`, { method: 'POST' })

const home = mkdtempSync(join(tmpdir(), 'astara-bench-'))
const size = { columns: number('columns'), rows: number('rows') }
const inspectPort = await freePort()
const began = performance.now()
const pty = new Pty(
  [
    process.execPath,
    `--inspect-port=127.0.0.1:${inspectPort}`,
    place('../bin/run.js'),
    'browse',
    '--theme',
    'dark',
    '--url',
    `http://127.0.0.1:${port}`,
  ],
  size,
  {
    HOME: home,
    XDG_CONFIG_HOME: home,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
  },
)

/** How long each key takes until the selection has moved; the pauses between are uneven, so that keys fall anywhere between frames. */
async function keys(key: string, times: number): Promise<number[]> {
  const took: number[] = []
  for (let n = 0; n < times; n++) {
    await sleep(20 + Math.random() * 60)
    took.push(await pty.press(key, SELECTED))
  }
  return took.sort((a, b) => a - b)
}

async function measured(
  seconds: number,
): Promise<{ readonly cpu: number; readonly bytes: number; readonly frames: number }> {
  const before = { cpu: pty.cpuSeconds(), bytes: pty.bytes, frames: pty.frames, at: performance.now() }
  await sleep(seconds * 1_000)
  const passed = (performance.now() - before.at) / 1_000
  return {
    cpu: (pty.cpuSeconds() - before.cpu) / passed,
    bytes: pty.bytes - before.bytes,
    frames: pty.frames - before.frames,
  }
}

/** Code that ran a few times only is interpreted, and several times slower: what a console costs that has been in use is the second figure. */
async function idle(when: string): Promise<void> {
  // Among those on the screen, so that each change is seen.
  await rate(1, size.rows - 8)
  await sleep(2_000)
  const { cpu, bytes, frames } = await measured(20)
  say(`one visible change a second, ${when}`, `${(cpu * 100).toFixed(2)} % of a core`, 'aim ≤ 0.5 %')
  say('  bytes for each', `${Math.round(bytes / 20)} (${frames} bursts in 20 s)`, 'aim ≤ 500')
}

try {
  console.log(
    `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${values.resources} resources, ${size.columns}×${size.rows}, load average ${loadavg()[0]?.toFixed(1)}\n`,
  )
  await pty.waitFor(SELECTED, 60_000)
  say('start until the list is on the screen', ms(performance.now() - began))
  await sleep(2_000)

  const quiet = await measured(10)
  say('nothing changes', `${(quiet.cpu * 100).toFixed(2)} % of a core, ${quiet.bytes} bytes in 10 s`)

  await idle('just started')

  await rate(number('changes'), number('resources'))
  await sleep(3_000)
  const busy = await measured(10)
  say(
    `${values.changes} changes a second, no keys`,
    `${(busy.cpu * 100).toFixed(1)} % of a core, ${Math.round(busy.bytes / 10)} bytes/s`,
  )
  await rate(0, 1)
  await sleep(1_000)
  for (const perSecond of [0, number('changes')]) {
    await rate(perSecond, number('resources'))
    await sleep(1_000)
    for (const [name, key, times] of [
      ['j', 'j', number('keys')],
      ['page down', '\u001b[6~', Math.floor(number('keys') / 4)],
      ['k', 'k', number('keys')],
    ] as const) {
      const before = pty.cpuSeconds()
      const sample = await keys(key, times)
      const cpu = ((pty.cpuSeconds() - before) * 1_000) / times
      const [p50 = 0, p95 = 0, p99 = 0] = [0.5, 0.95, 0.99].map((q) => quantile(sample, q))
      say(
        `  key → frame at ${perSecond} changes/s, ${name} (${times})`,
        `p50 ${ms(p50)}  p95 ${ms(p95)}  p99 ${ms(p99)}`,
        `aim p95 ≤ 16, p99 ≤ 50 (${ms(cpu)} of processor for each, changes included)`,
      )
    }
  }

  await rate(0, 1)
  await sleep(1_000)
  await idle('in use for a while')
  await rate(number('changes'), number('resources'))

  const live = await LiveHeap.open(pty.pid, inspectPort)
  const samples: { readonly rss: number; readonly live: number }[] = []
  const until = performance.now() + number('minutes') * 60_000
  // Collecting everything is work of its own: seldom.
  const pause = Math.max(5_000, (number('minutes') * 60_000) / 60)
  while (performance.now() < until) {
    await sleep(Math.min(pause, until - performance.now()))
    const rss = pty.rssMegabytes()
    samples.push({ rss, live: await live.megabytes() })
  }
  live.close()
  const told = (of: 'rss' | 'live'): string => {
    const all = samples.map((sample) => sample[of])
    const at = (share: number): string => (all[Math.floor((all.length - 1) * share)] ?? Number.NaN).toFixed(1)
    return `begin ${at(0)} MB, middle ${at(0.5)} MB, end ${at(1)} MB, most ${Math.max(...all).toFixed(1)} MB`
  }
  say(`memory over ${values.minutes} min at ${values.changes} changes/s`, told('rss'), 'aim: flat')
  say('  of it in use (after a full collection)', told('live'), 'aim: flat')
} finally {
  pty.close()
  stub.kill()
  await sleep(500)
  rmSync(home, { recursive: true, force: true })
}
process.exit(0)
