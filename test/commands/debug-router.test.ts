import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import DebugRouter from '../../src/commands/debug-router.ts'
import { COMMAND_HELP, INSPECTIONS, PRETENCES, parseScript } from '../../src/orchestrator/debugger/index.ts'
import { DEBUG_BINDINGS } from '../../src/tui/debug-router/bindings.ts'
import { THEME_NAMES } from '../../src/tui/theme.ts'

const docs = readFileSync(new URL('../../docs/debug-router.md', import.meta.url), 'utf8')

describe('astara debug-router', () => {
  it('has examples whose scripts can be read, and only flags that it knows', () => {
    const examples = (DebugRouter.examples ?? []).map((one) => (typeof one === 'string' ? one : one.command))
    const known = new Set(Object.keys({ ...DebugRouter.baseFlags, ...DebugRouter.flags }))
    for (const example of examples) {
      for (const [, script = ''] of example.matchAll(/--script "([^"]*)"/g)) parseScript(script)
      for (const [, flag = ''] of example.matchAll(/--([a-z-]+)/g)) expect(known).toContain(flag)
    }
    expect(examples.length).toBeGreaterThan(2)
  })

  it('offers the themes that there are', () => {
    expect(DebugRouter.flags.theme.options).toEqual(THEME_NAMES)
  })

  it('docs/debug-router.md says what the keys and commands say', () => {
    for (const { keys, help } of DEBUG_BINDINGS) {
      expect(docs).toContain(`| ${keys.map((key) => `\`${key}\``).join(' ')} | ${help} |`)
    }
    for (const [usage, help] of COMMAND_HELP) expect(docs).toContain(`| \`${usage}\` | ${help} |`)
    for (const [name, { label }] of Object.entries(PRETENCES)) expect(docs).toContain(`| \`${name}\` | ${label} |`)
    for (const what of INSPECTIONS) expect(docs).toContain(what)
  })

  it('no key does two things', () => {
    const keys = DEBUG_BINDINGS.flatMap((binding) => binding.keys)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
