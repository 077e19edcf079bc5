import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configReference, loadConfig, sampleConfig } from '../../src/config/index.ts'
import { ENTRIES } from '../../src/config/registry.ts'

const FACTS = { hostname: 'net1', cores: 4 }
const load = (source: string) =>
  loadConfig({
    files: ['/s.ini'],
    env: {},
    facts: FACTS,
    reader: { readFile: async () => source, readDir: async () => [] },
  })

describe('the sample', () => {
  const sample = sampleConfig(FACTS)

  it('changes nothing as it is', async () => {
    const { config, warnings } = await load(sample)
    expect(warnings).toEqual([])
    expect(config.shown().every((option) => option.origin.kind === 'default')).toBe(true)
  })

  it('sets every option to its default when the # before each is taken away', async () => {
    const bare = sample.replaceAll(/^#(?! )/gm, '')
    const { config, warnings } = await load(bare)
    const { config: defaults } = await load('')
    expect(config.values()).toEqual(defaults.values())
    const unused = ENTRIES.filter(({ option }) => option.noEffect !== null)
    expect(warnings.map((w) => w.kind)).toEqual(unused.map(() => 'no_effect'))
    const written = config.shown().filter((option) => option.origin.kind === 'file')
    expect(written.map(({ option }) => option)).toEqual(ENTRIES.map(({ name }) => name))
  })

  it('explains every option in lines that fit a terminal', () => {
    for (const { name, option } of ENTRIES) {
      expect(option.help.length, name).toBeGreaterThan(8)
      expect(sample).toMatch(new RegExp(`^#${name} =`, 'm'))
    }
    const long = sample.split('\n').filter((line) => line.startsWith('# ') && line.length > 80)
    expect(long).toEqual([])
  })
})

describe('the reference', () => {
  it('docs/config.md is what the registry says (else run: node scripts/generate-config-docs.ts)', () => {
    expect(readFileSync(new URL('../../docs/config.md', import.meta.url), 'utf8')).toBe(configReference())
  })
})

describe('the registry', () => {
  it('has no name twice, and no deprecated name that is a current one', () => {
    const ids = new Set(ENTRIES.map((entry) => entry.id))
    expect(ids.size).toBe(ENTRIES.length)
    for (const { id, group, option } of ENTRIES) {
      for (const old of option.deprecated) {
        expect(ids.has(`${old.group ?? group}.${old.name}`), `${id} was ${old.name}`).toBe(false)
      }
    }
  })

  it('allows each of its own defaults', () => {
    for (const { id, option } of ENTRIES) {
      const value = option.default
      if (value === null || value === undefined || option.multi || (typeof value === 'object' && 'compute' in value))
        continue
      expect(option.type.parse(option.type.format(value)), id).toEqual(value)
    }
  })
})
