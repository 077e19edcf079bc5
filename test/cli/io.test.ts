import { describe, expect, it } from 'vitest'
import { confirm } from '../../src/cli/confirm.ts'
import { settle } from '../support/manual-clock.ts'
import { memoryIo } from './memory-io.ts'

describe('waiting', () => {
  it('shows nothing for what is quick, something for what is slow, and cleans up', async () => {
    const io = memoryIo({ terminal: true })
    expect(await io.busy('Looking', Promise.resolve(1))).toBe(1)
    expect(io.err()).toBe('')

    const slow = Promise.withResolvers<number>()
    const waiting = io.busy('Looking', slow.promise)
    await io.clock.advance(199)
    expect(io.err()).toBe('')
    await io.clock.advance(1)
    expect(io.err()).toContain('Looking')
    slow.resolve(2)
    expect(await waiting).toBe(2)
    expect(io.err().endsWith('\r\u001b[K')).toBe(true)
    expect(io.out()).toBe('')
    expect(io.clock.pending).toBe(0)
  })

  it('stays silent where there is no terminal', async () => {
    const io = memoryIo()
    const slow = Promise.withResolvers<void>()
    const waiting = io.busy('Looking', slow.promise)
    await io.clock.advance(10_000)
    slow.resolve()
    await waiting
    expect(io.err()).toBe('')
  })

  it('cleans up after a failure too', async () => {
    const io = memoryIo({ terminal: true })
    const slow = Promise.withResolvers<void>()
    const waiting = io.busy('Looking', slow.promise).catch((error: Error) => error.message)
    await io.clock.advance(1_000)
    slow.reject(new Error('no'))
    expect(await waiting).toBe('no')
    expect(io.clock.pending).toBe(0)
  })
})

describe('confirmation', () => {
  it.each([
    ['y\n', true],
    ['YES\n', true],
    ['\n', false],
    ['n\n', false],
    ['yep\n', false],
  ])('%j goes on: %s', async (typed, goes) => {
    const io = memoryIo({ terminal: true })
    const asked = confirm(io, { deed: 'Rebuild router r1', yes: false }).then(
      () => true,
      (error: unknown) => error,
    )
    await settle()
    expect(io.err()).toContain('Rebuild router r1? [y/N] ')
    io.type(typed)
    if (goes) expect(await asked).toBe(true)
    else expect(await asked).toMatchObject({ code: 'refused', exit: 2, message: 'nothing was done' })
  })

  it('takes the end of the input for a no', async () => {
    const io = memoryIo({ terminal: true })
    const asked = confirm(io, { deed: 'Rebuild', yes: false })
    const checked = expect(asked).rejects.toMatchObject({ code: 'refused' })
    await settle()
    io.end()
    await checked
  })

  it('ends with 130 when interrupted while asking', async () => {
    const io = memoryIo({ terminal: true })
    const controller = new AbortController()
    const asked = confirm(io, { deed: 'Rebuild', yes: false, signal: controller.signal })
    const checked = expect(asked).rejects.toMatchObject({ code: 'interrupted', exit: 130 })
    await settle()
    controller.abort()
    await checked
  })

  it('does not ask with --yes, and refuses where nobody can answer', async () => {
    const io = memoryIo()
    await confirm(io, { deed: 'Rebuild router r1', yes: true })
    await expect(confirm(io, { deed: 'Rebuild router r1', yes: false })).rejects.toMatchObject({
      code: 'refused',
      exit: 2,
      message: expect.stringContaining('Rebuild router r1'),
      suggestions: [expect.stringContaining('--yes')],
    })
    expect(io.err()).toBe('')
  })
})
