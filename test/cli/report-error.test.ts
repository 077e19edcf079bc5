import { CLIError, ExitError } from '@oclif/core/errors'
import { describe, expect, it } from 'vitest'
import { reportError, wantsJson } from '../../src/cli/report-error.ts'
import { AstaraError } from '../../src/shared/index.ts'
import { memoryIo } from './memory-io.ts'

function report(error: unknown, json = false): { exit: number; text: string } {
  const io = memoryIo()
  const exit = reportError(error, io, { json })
  expect(io.out()).toBe('')
  return { exit, text: io.err() }
}

describe('what a command ends with', () => {
  it('a foreseen error: one message, what to do, its own status, no stack', () => {
    const error = new AstaraError('unreachable', 'no orchestrator answers', { suggestions: ['Start it.', 'Or --url.'] })
    expect(report(error)).toEqual({ exit: 5, text: 'Error: no orchestrator answers\n  Start it.\n  Or --url.\n' })
  })

  it.each([
    ['failed', 1],
    ['usage', 2],
    ['refused', 2],
    ['ambiguous', 2],
    ['not_found', 3],
    ['not_allowed', 4],
    ['unauthorized', 4],
    ['unreachable', 5],
    ['partial', 6],
    ['timeout', 8],
    ['interrupted', 130],
  ] as const)('%s: %d', (code, exit) => {
    expect(report(new AstaraError(code, 'x')).exit).toBe(exit)
  })

  it('as JSON when JSON was asked for', () => {
    const { exit, text } = report(new AstaraError('ambiguous', 'two', { details: { candidates: ['a'] } }), true)
    expect(exit).toBe(2)
    expect(JSON.parse(text)).toEqual({
      error: { code: 'ambiguous', message: 'two', suggestions: [], details: { candidates: ['a'] } },
    })
  })

  it('shows what an orchestrator quoted, and no password', () => {
    const { text } = report(new AstaraError('refused', 'no \u001b[31m rabbit://u:hush@h/'))
    expect(text).toBe('Error: no \\u001b[31m rabbit://***:***@h/\n')
  })

  it('a mistake in usage: the message, without the colours it came with', () => {
    const { exit, text } = report(new CLIError('Nonexistent \u001b[2mflag: --foo\u001b[22m\nSee more help with --help'))
    expect([exit, text]).toEqual([2, 'Error: Nonexistent flag: --foo\nSee more help with --help\n'])
  })

  it('help and --version: nothing', () => {
    expect(report(new ExitError(0))).toEqual({ exit: 0, text: '' })
  })

  it('a bug: said so, with its stack', () => {
    const { exit, text } = report(new TypeError('x is undefined'))
    expect(exit).toBe(1)
    expect(text).toMatch(/^This is a bug in astara\. Please report it[^\n]+\nTypeError: x is undefined\n +at /)
    expect(report('thrown text').text).toContain('thrown text')
  })
})

describe('wanting JSON', () => {
  it.each([
    ['ctl poll --json', true],
    ['ctl router list -o json', true],
    ['ctl router list --output json', true],
    ['ctl router list --output=json', true],
    ['ctl router list -o yaml', false],
    ['ctl router show json', false],
    ['ctl router show -- --json', false],
  ])('%s: %s', (words, wanted) => {
    expect(wantsJson(words.split(' '))).toBe(wanted)
  })
})
