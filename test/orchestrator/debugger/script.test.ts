import { describe, expect, it } from 'vitest'
import { parseScript, runScript, type ScriptLine, scriptError } from '../../../src/orchestrator/debugger/index.ts'
import { scriptedDebugger } from './scripted.ts'

const never = new AbortController().signal

/** Plays a script from an alive, unconfigured router; time flies. */
async function play(text: string, setUp: (s: ReturnType<typeof scriptedDebugger>) => void = () => {}) {
  const s = scriptedDebugger()
  s.world.alive = true
  setUp(s)
  await s.debug.open(never)
  const lines: ScriptLine[] = []
  const done = runScript(s.debug, parseScript(text), (line) => void lines.push(line), never)
  let over = false
  const end = (): void => {
    over = true
  }
  done.then(end, end)
  while (!over) await s.clock.advance(500)
  return { ...s, lines, result: await done }
}

const steps = (lines: readonly ScriptLine[]): readonly string[] =>
  lines.flatMap((line) => (line.type === 'step' ? [line.kind === 'step' ? line.before.step : line.kind] : []))

describe('runScript', () => {
  it('tells each step once, in order, and how it ended', async () => {
    const { lines, result } = await play('update; run')
    expect(result).toBe('done')
    expect(lines.map(({ type }) => type)).toEqual(['injected', 'step', 'step', 'step', 'end'])
    expect(steps(lines)).toEqual(['CalcAction', 'Alive', 'ConfigureInstance'])
    expect(lines.at(-1)).toMatchObject({ result: 'done', machine: { instance_state: 'configured' } })
  })

  it('waits for a boot as the orchestrator would', async () => {
    const { lines, result, world } = await play('run', ({ world }) => {
      world.alive = false
      world.looksToBoot = 3
    })
    expect(result).toBe('done')
    expect(world.boots).toBe(1)
    expect(steps(lines).filter((step) => step === 'CheckBoot').length).toBeGreaterThan(1)
  })

  it('ends at the first step that fails, with the machine where it was', async () => {
    const { lines, result, debug, world } = await play('update; run; inspect router', ({ world }) =>
      world.failures.set('configure', 1),
    )
    expect(result).toBe('failed')
    expect(debug.machine.step).toBe('ConfigureInstance')
    expect(lines.some(({ type }) => type === 'inspection')).toBe(false)
    expect(scriptError('failed', debug)).toMatchObject({
      exit: 1,
      message: expect.stringContaining('configure! failed'),
    })
    expect(world.pushes).toBe(0)
  })

  it('a failure may be answered by retry or accept', async () => {
    const failing = ({ world }: ReturnType<typeof scriptedDebugger>): void => void world.failures.set('configure', 1)
    const retried = await play('update; run; retry', failing)
    expect(retried.result).toBe('done')
    expect(retried.debug.machine.instance_state).toBe('configured')
    const accepted = await play('update; run; accept', failing)
    expect(accepted.result).toBe('done')
    expect(accepted.debug.machine).toMatchObject({ step: 'CalcAction', action: 'update' })
    await expect(play('accept')).rejects.toMatchObject({ code: 'refused' })
  })

  it('says when what it ran for has not come', async () => {
    const { result, debug } = await play('until RebuildInstance')
    expect(result).toBe('pending')
    expect(scriptError(result === 'done' ? 'failed' : result, debug).exit).toBe(8)
  })

  it('runs to the end of a router that is gone', async () => {
    const { result, debug } = await play('delete; run', ({ world }) => {
      world.present = false
    })
    expect(result).toBe('done')
    expect(debug.exited).toBe(true)
    await expect(debug.step(never)).rejects.toThrow('the resource is gone')
  })

  it('tells what is pretended', async () => {
    const { lines } = await play('pretend nova-down; pretend step-fails; pretend nothing')
    expect(lines.filter(({ type }) => type === 'pretending')).toEqual([
      { type: 'pretending', pretences: ['nova-down'] },
      { type: 'pretending', pretences: ['nova-down', 'step-fails'] },
      { type: 'pretending', pretences: [] },
    ])
  })
})
