import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Hypervisor, startHypervisor } from '../harness/inside.ts'
import { clean } from './engine/clean.ts'
import { type Cloud, embeddedCloud, realCloud } from './engine/cloud.ts'
import { differences } from './engine/compare.ts'
import { readExceptions } from './engine/exceptions.ts'
import { type Outcome, runScript } from './engine/run.ts'
import { scripts } from './tables/index.ts'

/** A script takes ten seconds on an idle machine, and some machines are not. */
const SCRIPT_TIMEOUT_MS = 600_000

let real: Cloud
let embedded: Cloud
/** Wires the real servers' ports, as the embedded cloud's own does. */
let hypervisor: Hypervisor
const exceptions = readExceptions()
const used = new Set<number>()
let compared = 0

beforeAll(async () => {
  hypervisor = startHypervisor({ prefix: 'c-' })
  ;[real, embedded] = await Promise.all([realCloud(), embeddedCloud()])
  await Promise.all([clean(real), clean(embedded)])
})

afterAll(async () => {
  await Promise.allSettled([clean(real), clean(embedded)])
  await Promise.allSettled([real.stop(), embedded.stop(), hypervisor.stop()])
})

describe.each(scripts.map((script) => ({ ...script, script })))('$name', ({ script }) => {
  let theirs: readonly Outcome[]
  let ours: readonly Outcome[]

  beforeAll(async () => {
    ;[theirs, ours] = await Promise.all([runScript(real, script), runScript(embedded, script)])
  }, SCRIPT_TIMEOUT_MS)

  it.each(script.steps.map((step, index) => [step.name, index] as const))('%s', (name, index) => {
    const their = theirs[index]
    const our = ours[index]
    expect(their?.problem, 'on the real cloud').toBeNull()
    expect(our?.problem, 'on the embedded cloud').toBeNull()
    compared += 1
    const where = `${script.name}: ${name}`
    const found = differences(their?.seen, our?.seen, '').map((line) => line.replace(/^\./, ''))
    const unlisted = found.filter((line) => {
      const listed = exceptions.flatMap((one, number) => (one.matches(where, line) ? [number] : []))
      for (const number of listed) used.add(number)
      return listed.length === 0
    })
    expect(unlisted, where).toEqual([])
  })
})

describe('differences.md', () => {
  it('lists nothing that is not so any more', ({ skip }) => {
    const all = scripts.reduce((sum, script) => sum + script.steps.length, 0)
    if (compared < all) skip(`only ${compared} of ${all} exchanges ran`)
    const stale = exceptions.filter(({ reason }, index) => !used.has(index) && !reason.startsWith('At times'))
    expect(stale.map(({ where, path }) => `${where} | ${path}`)).toEqual([])
  })
})
