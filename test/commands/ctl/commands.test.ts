import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Config } from '@oclif/core/config'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { SHELLS } from '../../../src/cli/completion/index.ts'
import { HELP_TOPICS } from '../../../src/cli/help-topics.ts'
import { instanceStates, outputFlags, streamTypes, timelineTypes } from '../../../src/cli/index.ts'
import { FORMATS } from '../../../src/cli/output.ts'
import { FIELD_NAMES } from '../../../src/client/index.ts'
import { DRIVER_NAMES, INSTANCE_STATES, StreamEvent, TimelineEntry } from '../../../src/contract/index.ts'
import { CORE, EDGE, LB, startOrchestrator } from '../../cli/ctl/harness.ts'
import { IMAGE, TENANT_A } from '../../orchestrator/api/memory-port.ts'
import { allCommands } from '../all-commands.ts'

const COMMANDS = new Map([...(await allCommands())].filter(([name]) => /^(ctl|profile|completion) ?/.test(name)))
// The console has tests of its own.
COMMANDS.delete('ctl browse')
const NAMES = [...COMMANDS.keys()]
const commandOf = (name: string) => {
  const command = COMMANDS.get(name)
  if (command === undefined) throw new Error(`no command ${name}`)
  return command
}

let rig: Awaited<ReturnType<typeof startOrchestrator>>
let config: Config
let out = ''
let err = ''
beforeAll(async () => {
  rig = await startOrchestrator()
  config = new Config({ root: fileURLToPath(new URL('../../..', import.meta.url)) })
  await config.load()
})
afterAll(() => rig.stop())
beforeEach(() => {
  out = ''
  err = ''
  rig.port.acted.length = 0
  rig.port.commands.length = 0
  vi.stubEnv('ASTARA_URL', rig.url)
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text)
    return true
  })
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  process.exitCode = undefined
})

/** Runs a command class in this process, as oclif does. */
async function run(name: string, ...argv: readonly string[]): Promise<unknown> {
  const command = commandOf(name) as unknown as { run(argv: string[], config: Config): Promise<unknown> }
  return await command.run([...argv], config)
}

describe('every command', () => {
  it.each(NAMES)('%s has a summary and at least two examples of how it is typed', (name) => {
    const { summary, examples = [], hidden } = commandOf(name)
    expect(summary?.endsWith('.')).toBe(true)
    if (hidden) return
    expect(examples.length).toBeGreaterThanOrEqual(2)
    for (const example of examples) expect(String(example)).toContain('<%= config.bin %> <%= command.id %>')
  })

  it.each(NAMES)('%s never takes an argument from standard input by accident', (name) => {
    for (const arg of Object.values(commandOf(name).args)) expect(arg.ignoreStdin).toBe(true)
  })

  it('belongs to topics that are described', () => {
    const { oclif } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
    for (const name of NAMES.filter((one) => commandOf(one).hidden !== true)) {
      const words = name.split(' ')
      for (let i = 1; i < words.length; i++) {
        expect(oclif.topics[words.slice(0, i).join(':')]?.description).toMatch(/\.$/)
      }
    }
  })

  it('offers the formats, states, drivers and types that there are', () => {
    expect(outputFlags.output.options).toEqual(FORMATS)
    expect(instanceStates).toEqual(INSTANCE_STATES)
    expect(timelineTypes).toEqual(TimelineEntry.options.map((option) => option.shape.type.value))
    const told = StreamEvent.options.map((option) => option.shape.type.value).filter((type) => type !== 'resync')
    expect(streamTypes).toEqual(told)
    expect(commandOf('ctl resource list').flags.driver).toMatchObject({ options: DRIVER_NAMES })
    expect(commandOf('ctl events').flags.driver).toMatchObject({ options: DRIVER_NAMES })
    expect(commandOf('completion').args.shell).toMatchObject({ options: SHELLS })
  })

  it('names every key of the filter grammar in its help', () => {
    for (const name of FIELD_NAMES) expect(HELP_TOPICS.filters?.text.split(/\s+/)).toContain(name)
  })
})

/** What the shell would make of an example of the help; placeholders become things that exist. */
function wordsOf(example: string, name: string): string[] {
  const line = example
    .replace(/^.*<%= config\.bin %> <%= command\.id %>/, '')
    .replace(/ [|>].*$|\)$/, '')
    .replaceAll('5f3c', name.startsWith('ctl resource') ? '00000031' : '00000012')
    .replace('my-router', 'core')
    .replace('my-resource', 'lb')
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
}
const EXAMPLES = NAMES.flatMap((name) =>
  (commandOf(name).examples ?? []).map((example) => [name, String(example)] as const),
)
/** Goes on until Ctrl-C. */
const isEndless = (name: string, words: readonly string[]): boolean =>
  name === 'ctl events' || words.includes('--watch')

describe('examples of the help do what they show', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'astara-examples-'))
    vi.stubEnv('XDG_CONFIG_HOME', home)
    vi.stubEnv('XDG_CACHE_HOME', home)
    // What an example's ssh would be called with.
    writeFileSync(join(home, 'ssh'), `#!/bin/sh\nprintf '%s ' "$@" > ${home}/called\n`, { mode: 0o755 })
    vi.stubEnv('PATH', `${home}:${process.env.PATH}`)
  })
  afterEach(() => rmSync(home, { recursive: true, force: true }))

  it.each(EXAMPLES.filter(([, text]) => !text.includes('--via amqp')))('%s: %s', async (name, example) => {
    const words = wordsOf(example, name)
    if (/^profile (list|show|use|remove)$/.test(name)) await run('profile add', 'lab', '--url', rig.url)
    out = ''
    const asks = /(rebuild|tenant debug|profile remove)$/.test(name)
    if (asks && !words.includes('--yes')) {
      await expect(run(name, ...words)).rejects.toMatchObject({ code: 'refused' })
      words.push('--yes')
    }
    if (words.includes('--wait')) {
      // Nothing moves here: what was asked for is pending when time is over.
      await expect(run(name, ...words, '--timeout', '1')).rejects.toMatchObject({ code: 'timeout', exit: 8 })
      expect(out).toContain('asked for')
      return
    }
    if (isEndless(name, words)) {
      const ended = run(name, ...words).catch((error: unknown) => error)
      await expect.poll(() => out + err).not.toBe('')
      process.emit('SIGINT')
      expect(await ended).toMatchObject({ code: 'interrupted', exit: 130 })
      return
    }
    const result = await run(name, ...words)
    if (name === 'ctl ssh') {
      expect(readFileSync(join(home, 'called'), 'utf8')).toContain('-l astara -- fdca:3ba5:a17a:acda::5 ')
      return
    }
    if (name !== 'completion') expect(result).toBeTruthy()
    expect(out + err).not.toBe('')
    expect(err).not.toContain('Error')
  })
})

describe('flags reach the work', () => {
  it('router list', async () => {
    const result = await run('ctl router list', '--state', 'error', '--tenant-id', TENANT_A, '--json')
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(result)))
    expect(result).toMatchObject({ resources: [{ id: CORE }] })
  })

  it('resource list with columns, order and no headers', async () => {
    await run(
      'ctl resource list',
      '--columns',
      'name,driver',
      '--sort',
      'name:desc',
      '--no-headers',
      '--driver',
      'router',
    )
    expect(out).toBe('edge  router\nedge  router\ncore  router\n')
  })

  it('resource show -o name', async () => {
    await run('ctl resource show', 'lb', '-o', 'name')
    expect(out).toBe(`${LB}\n`)
  })

  it('router rebuild', async () => {
    // As the original spelled it.
    await run('ctl router rebuild', EDGE, '-y', '--router_image_uuid', IMAGE, '--reason', 'new kernel')
    expect(rig.port.acted).toEqual([
      { id: EDGE, request: expect.objectContaining({ action: 'rebuild', imageUuid: IMAGE, reason: 'new kernel' }) },
    ])
  })

  it('--color', async () => {
    await run('ctl router list', '--color', 'always')
    expect(out).toContain('\u001b[32mconfigured')
  })

  it('--url before ASTARA_URL', async () => {
    vi.stubEnv('ASTARA_URL', 'http://127.0.0.1:1')
    await run('ctl poll', '--url', rig.url)
    expect(out).toContain('asked for')
    await expect(run('ctl poll')).rejects.toMatchObject({ code: 'unreachable', exit: 5 })
  })

  it('--timeout', async () => {
    rig.port.hook = () => new Promise(() => {})
    const before = performance.now()
    await expect(run('ctl poll', '--timeout', '1')).rejects.toMatchObject({ code: 'timeout', exit: 8 })
    expect(performance.now() - before).toBeLessThan(5_000)
    rig.port.hook = async () => {}
  })

  it('AMQP without an address says what to give', async () => {
    const config = fileURLToPath(new URL('./empty.ini', import.meta.url))
    const polled = run('ctl poll', '--via', 'amqp', '--config-file', config)
    await expect(polled).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('RabbitMQ') })
  })

  it('AMQP that nobody answers is unreachable at once, and the password stays here', async () => {
    const before = performance.now()
    const error = await run('ctl poll', '--via', 'amqp', '--transport-url', 'rabbit://u:hush@127.0.0.1:1/').catch(
      (e: unknown) => e,
    )
    expect(error).toMatchObject({ code: 'unreachable', exit: 5, message: expect.stringContaining('127.0.0.1:1') })
    expect(String(error)).not.toContain('hush')
    expect(performance.now() - before).toBeLessThan(5_000)
  })

  it.each([
    ['ctl router list', ['--state', 'perfect']],
    ['ctl router list', ['-o', 'pdf']],
    ['ctl router list', ['--json', '-o', 'csv']],
    ['ctl router list', ['extra']],
    ['ctl global debug', ['maybe']],
    ['ctl tenant show', []],
    ['ctl router timeline', ['core', '--type', 'gossip']],
    ['ctl router show', []],
    ['ctl router rebuild', ['core', '--force']],
    ['ctl poll', ['--timeout', '0']],
    ['ctl poll', ['--via', 'pigeon']],
  ] as const)('%s %j is a mistake in usage', async (name, argv) => {
    await expect(run(name, ...argv)).rejects.toMatchObject({ oclif: { exit: 2 } })
    expect(rig.port.acted).toEqual([])
  })
})
