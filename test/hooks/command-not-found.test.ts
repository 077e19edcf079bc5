import type { Config } from '@oclif/core/config'
import { describe, expect, it } from 'vitest'
import commandNotFound from '../../src/hooks/command-not-found.ts'
import { AstaraError } from '../../src/shared/index.ts'

/** Calls the hook as oclif does, with these commands and topics. */
async function hear(
  typed: string,
  commandIDs: readonly string[],
  topics: readonly string[] = [],
): Promise<AstaraError> {
  const config = { bin: 'astara', commandIDs, topics: topics.map((name) => ({ name })) } as unknown as Config
  const call = commandNotFound.bind({} as ThisParameterType<typeof commandNotFound>)
  const error = await call({ id: typed, argv: [], config, context: {} as never }).catch((thrown: unknown) => thrown)
  if (!(error instanceof AstaraError)) throw new Error('the hook did not refuse')
  return error
}

describe('an unknown command', () => {
  it('is a mistake in usage and names the nearest command or topic', async () => {
    const error = await hear('ctl:ruoter:list', ['ctl:router:list', 'ctl:poll'])
    expect([error.code, error.exit]).toEqual(['usage', 2])
    expect(error.message).toBe('"ctl ruoter list" is not a command of astara.')
    expect(error.suggestions).toEqual(['Did you mean: astara ctl router list', 'All commands: astara --help'])
    expect((await hear('conifg', ['config:show'], ['config'])).suggestions[0]).toBe('Did you mean: astara config')
  })

  it('suggests nothing when nothing is near', async () => {
    expect((await hear('frobnicate', ['ctl:poll'])).suggestions).toEqual(['All commands: astara --help'])
  })
})
