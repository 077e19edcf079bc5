import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommand, parseScript } from '../../../src/orchestrator/debugger/index.ts'
import { AstaraError } from '../../../src/shared/index.ts'

describe('parseScript', () => {
  it('reads commands separated by ; or line ends, and leaves comments out', () => {
    expect(parseScript('update; run\n# then\nstep 3;;')).toEqual([
      { do: 'inject', action: 'update', imageUuid: null },
      { do: 'run', until: { kind: 'rest' } },
      { do: 'step', times: 3 },
    ])
  })

  it.each([
    ['step', { do: 'step', times: 1 }],
    ['next', { do: 'run', until: { kind: 'step', step: 'CalcAction' } }],
    ['until configureinstance', { do: 'run', until: { kind: 'step', step: 'ConfigureInstance' } }],
    ['until change', { do: 'run', until: { kind: 'state', state: null } }],
    ['until configured', { do: 'run', until: { kind: 'state', state: 'configured' } }],
    ['until error', { do: 'run', until: { kind: 'error' } }],
    ['rebuild 5f3c', { do: 'inject', action: 'rebuild', imageUuid: '5f3c' }],
    ['delete', { do: 'inject', action: 'delete', imageUuid: null }],
    ['retry', { do: 'retry' }],
    ['accept', { do: 'accept' }],
    ['pretend nova-down', { do: 'pretend', name: 'nova-down', on: true }],
    ['pretend step-fails off', { do: 'pretend', name: 'step-fails', on: false }],
    ['pretend nothing', { do: 'pretend-nothing' }],
    ['inspect config', { do: 'inspect', what: 'config' }],
  ])('%s', (text, command) => {
    expect(parseCommand(text)).toEqual(command)
  })

  it.each([
    ['', 'empty'],
    ['  ; # nothing', 'empty'],
    ['stpe', 'no such command'],
    ['step 0', 'between 1 and'],
    ['step many', 'between 1 and'],
    ['run fast', 'takes nothing'],
    ['until', 'until takes'],
    ['until tomorrow', 'until takes'],
    ['pretend', 'can be pretended'],
    ['pretend rain', 'can be pretended'],
    ['inspect soul', 'can be inspected'],
    ['update now', 'takes nothing'],
  ])('refuses %j', (text, why) => {
    expect(() => parseScript(text)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(why) }),
    )
  })

  it('says what was probably meant', () => {
    expect(() => parseCommand('until CheckBot')).toThrow(
      expect.objectContaining({ suggestions: ['Did you mean CheckBoot?'] }),
    )
  })

  it('never fails but with a usage error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseScript(text)
        } catch (error) {
          expect(error).toBeInstanceOf(AstaraError)
          expect(error).toMatchObject({ code: 'usage' })
        }
      }),
    )
  })
})
