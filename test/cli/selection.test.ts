import { describe, expect, it } from 'vitest'
import { readSelection } from '../../src/cli/selection.ts'

const signal = new AbortController().signal
const read = (texts: readonly string[], flags: object = {}, input = '') =>
  readSelection(texts, { all: false, ...flags }, { readInput: async () => input }, signal)

describe('which resources a command line selects', () => {
  it('several words, each once', async () => {
    expect(await read(['a', 'b', 'a'])).toMatchObject({ texts: ['a', 'b'], all: false })
  })

  it('what standard input lists, with blanks and empty lines between', async () => {
    expect(await read(['x', '-'], {}, 'a\n\n b  c\n')).toMatchObject({ texts: ['x', 'a', 'b', 'c'] })
  })

  it("the original's words for all and all in error", async () => {
    expect(await read(['*'])).toMatchObject({ texts: [], all: true })
    expect(await read(['error'])).toMatchObject({ texts: [], all: false, state: 'error' })
    expect(await read(['error'], { state: 'error' })).toMatchObject({ state: 'error' })
  })

  it.each([
    ['all of one tenant', [], { tenant: 't' }],
    ['a state', [], { state: 'down' }],
    ['a filter', [], { filter: 'age>1h' }],
    ['all', [], { all: true }],
  ])('%s without a word', async (_what, texts, flags) => {
    expect(await read(texts, flags)).toMatchObject(flags)
  })

  it.each([
    ['nothing at all', [], {}],
    ['names and all', ['a'], { all: true }],
    ['names and *', ['a', '*'], {}],
    ['error and another state', ['error'], { state: 'down' }],
  ])('refuses %s', async (_what, texts, flags) => {
    await expect(read(texts, flags)).rejects.toMatchObject({ code: 'usage', exit: 2 })
  })

  it('an empty list on standard input is nothing found, never everything', async () => {
    await expect(read(['-'], {}, '\n')).rejects.toMatchObject({ code: 'not_found', exit: 3 })
  })
})
