import { describe, expect, it } from 'vitest'
import type { TimelineEntry } from '../../../src/contract/index.ts'
import { Recorder } from '../../../src/orchestrator/timeline/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function bench() {
  const clock = new ManualClock()
  const told: { readonly entry: TimelineEntry; readonly again: boolean }[] = []
  const recorder = new Recorder({
    resourceId: 'r',
    limit: 200,
    clock,
    onEntry: (_id, entry, again) => told.push({ entry: entry(), again }),
  })
  const types = (): string[] => recorder.entries().map((entry) => entry.type)
  const look = (): void => {
    recorder.step('CalcAction', 'poll', 1, 'ok')
    recorder.call({
      service: 'neutron',
      method: 'GET',
      pathTemplate: '/ports',
      status: 200,
      durationMs: 3,
      requestId: 'q',
      shared: true,
      requests: 1,
    })
    recorder.step('Alive', 'poll', 2, 'ok')
  }
  return { clock, recorder, told, types, look }
}
const event = (source: string, type: string) => ({ action: 'update' as const, type, source, reason: null })

describe('Recorder', () => {
  it('writes down what a tenant’s event led to, in order, and tells it at once', () => {
    const { recorder, types, look, told } = bench()
    recorder.event(event('notification', 'router.update.end'), true)
    recorder.beginPass('look')
    look()
    recorder.state('up')
    recorder.push({ instanceId: 'i', fingerprint: 'f', config: { asn: 1 }, result: 'accepted' })
    recorder.state('configured')
    recorder.endPass(null, null)
    expect(types()).toEqual(['event', 'step', 'call', 'step', 'state', 'config', 'state'])
    expect(told.map(({ entry }) => entry.seq)).toEqual(recorder.entries().map((entry) => entry.seq))
    expect(recorder.config()).toMatchObject({ fingerprint: 'f', config: { asn: 1 } })
  })

  it('a routine pass that finds nothing is one line, however often', () => {
    const { recorder, types, look, told } = bench()
    for (let i = 0; i < 50; i++) {
      recorder.event(event('resync', 'resync'), true)
      recorder.beginPass('look')
      look()
      recorder.endPass(null, null)
      recorder.fine('health')
    }
    expect(types()).toEqual(['unchanged', 'unchanged'])
    expect(recorder.entries()).toMatchObject([
      { cause: 'resync', count: 50 },
      { cause: 'health', count: 50 },
    ])
    expect(told.filter(({ again }) => !again)).toHaveLength(2)
  })

  it('a routine pass that finds something tells all of it, from its beginning', () => {
    const { recorder, types, look } = bench()
    recorder.event(event('health', 'health'), true)
    recorder.beginPass('look')
    look()
    recorder.state('booting')
    recorder.step('CreateInstance', 'create', 5, 'ok')
    recorder.endPass(null, null)
    expect(types()).toEqual(['event', 'step', 'call', 'step', 'state', 'step'])
  })

  it('an error that repeats itself leaves one line each time, not the whole pass', () => {
    const { recorder, types, look } = bench()
    for (let i = 0; i < 3; i++) {
      recorder.beginPass('retry')
      look()
      recorder.endPass({ code: 'appliance_unreachable', message: 'no answer' }, 5_000)
    }
    expect(types()).toEqual(['step', 'call', 'step', 'error', 'error', 'error'])
    recorder.beginPass('retry')
    look()
    recorder.endPass({ code: 'appliance_unreachable', message: 'other' }, null)
    expect(types().slice(6)).toEqual(['step', 'call', 'step', 'error'])
  })

  it('who asked and why stands in it', () => {
    const { recorder } = bench()
    recorder.event({ ...event('api', 'api.rebuild'), by: 'alice', reason: 'stuck' }, true)
    recorder.command('debug', 'bob', null)
    expect(recorder.entries()).toMatchObject([
      { type: 'command', action: 'update', by: 'alice', reason: 'stuck' },
      { type: 'command', action: 'debug', by: 'bob', reason: null },
    ])
  })

  it('an event that comes while a pass runs makes the next one worth telling', () => {
    const { recorder, types, look } = bench()
    recorder.beginPass('look')
    recorder.event(event('notification', 'port.create.end'), true)
    recorder.endPass(null, null)
    recorder.beginPass('look')
    look()
    recorder.endPass(null, null)
    expect(types()).toEqual(['event', 'step', 'call', 'step'])
  })

  it('a flood of the same event before anybody acts on it is not a flood of lines', () => {
    const { recorder, types } = bench()
    for (let i = 0; i < 1_000; i++) recorder.event(event('notification', 'port.update.end'), true)
    expect(types()).toHaveLength(3)
  })

  it('no credentials get into it', () => {
    const { recorder } = bench()
    recorder.beginPass('look')
    recorder.call({
      service: 'nova',
      method: 'GET',
      pathTemplate: '/s',
      status: 'http://u:hush@h/ refused',
      durationMs: 1,
      requestId: null,
      shared: false,
      requests: 1,
    })
    recorder.endPass({ code: 'failed', message: 'rabbit://u:hush@h/ is away' }, null)
    expect(JSON.stringify(recorder.entries())).not.toContain('hush')
  })

  it('numbers go on growing in the process that takes over', () => {
    const first = bench()
    first.recorder.command('a', null, null)
    first.recorder.command('b', null, null)
    const later = bench()
    later.clock.jump(60_000)
    const successor = new Recorder({ resourceId: 'r', limit: 10, clock: later.clock, onEntry: () => {} })
    successor.command('c', null, null)
    expect(successor.entries()[0]?.seq ?? 0).toBeGreaterThan(first.recorder.entries().at(-1)?.seq ?? 0)
  })
})
