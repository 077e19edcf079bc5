import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Config } from '@oclif/core/config'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectionFlags, instanceStates, outputFlags } from '../../../src/cli/index.ts'
import { FORMATS } from '../../../src/cli/output.ts'
import Poll from '../../../src/commands/ctl/poll.ts'
import ResourceListing from '../../../src/commands/ctl/resource/list.ts'
import ResourceRebuild from '../../../src/commands/ctl/resource/rebuild.ts'
import ResourceShow from '../../../src/commands/ctl/resource/show.ts'
import ResourceUpdate from '../../../src/commands/ctl/resource/update.ts'
import RouterListing from '../../../src/commands/ctl/router/list.ts'
import RouterRebuild from '../../../src/commands/ctl/router/rebuild.ts'
import RouterShow from '../../../src/commands/ctl/router/show.ts'
import RouterUpdate from '../../../src/commands/ctl/router/update.ts'
import WorkersDebug from '../../../src/commands/ctl/workers/debug.ts'
import { DRIVER_NAMES, INSTANCE_STATES } from '../../../src/contract/index.ts'
import { CORE, EDGE, LB, startOrchestrator } from '../../cli/ctl/harness.ts'
import { IMAGE, TENANT_A } from '../../orchestrator/api/memory-port.ts'

const COMMANDS = {
  'ctl poll': Poll,
  'ctl resource list': ResourceListing,
  'ctl resource rebuild': ResourceRebuild,
  'ctl resource show': ResourceShow,
  'ctl resource update': ResourceUpdate,
  'ctl router list': RouterListing,
  'ctl router rebuild': RouterRebuild,
  'ctl router show': RouterShow,
  'ctl router update': RouterUpdate,
  'ctl workers debug': WorkersDebug,
}
type Name = keyof typeof COMMANDS
const NAMES = Object.keys(COMMANDS) as Name[]

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
async function run(name: Name, ...argv: readonly string[]): Promise<unknown> {
  const command = COMMANDS[name] as unknown as { id: string; run(argv: string[], config: Config): Promise<unknown> }
  command.id = name.replaceAll(' ', ':')
  return await command.run([...argv], config)
}

describe('every ctl command', () => {
  it.each(NAMES)('%s has a summary and at least two examples that begin as it is typed', (name) => {
    const { summary, examples = [] } = COMMANDS[name]
    expect(summary?.endsWith('.')).toBe(true)
    expect(examples.length).toBeGreaterThanOrEqual(2)
    for (const example of examples) expect(String(example)).toMatch(/^<%= config\.bin %> <%= command\.id %>/)
  })

  it('belongs to topics that are described', () => {
    const { oclif } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
    for (const name of NAMES) {
      const words = name.split(' ')
      for (let i = 1; i < words.length; i++) {
        expect(oclif.topics[words.slice(0, i).join(':')]?.description).toMatch(/\.$/)
      }
    }
  })

  it('offers the formats, states and drivers that there are', () => {
    expect(outputFlags.output.options).toEqual(FORMATS)
    expect(instanceStates).toEqual(INSTANCE_STATES)
    expect(ResourceListing.flags.driver.options).toEqual(DRIVER_NAMES)
    expect(connectionFlags.url.env).toBe('ASTARA_URL')
  })
})

/** What the shell would make of an example of the help; placeholders become things that exist. */
function wordsOf(example: string, name: Name): string[] {
  const line = example
    .replace('<%= config.bin %> <%= command.id %>', '')
    .replace(/ \|.*$/, '')
    .replaceAll('5f3c', name.startsWith('ctl resource') ? '00000031' : '00000012')
    .replace('my-router', 'core')
    .replace('my-resource', 'lb')
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
}
const EXAMPLES = NAMES.flatMap((name) =>
  (COMMANDS[name].examples ?? []).map((example) => [name, String(example)] as const),
)

describe('examples of the help do what they show', () => {
  it.each(EXAMPLES.filter(([, text]) => !text.includes('--via amqp')))('%s: %s', async (name, example) => {
    const words = wordsOf(example, name)
    if (name.endsWith('rebuild') && !words.includes('--yes')) {
      await expect(run(name, ...words)).rejects.toMatchObject({ code: 'refused' })
      words.push('--yes')
    }
    expect(await run(name, ...words)).toBeTruthy()
    expect(out).not.toBe('')
    expect(err).toBe('')
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
    await run('ctl router rebuild', EDGE, '-y', '--image-uuid', IMAGE, '--reason', 'new kernel')
    expect(rig.port.acted).toEqual([
      { id: EDGE, request: { action: 'rebuild', driver: null, imageUuid: IMAGE, reason: 'new kernel' } },
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

  it('a question over AMQP is refused', async () => {
    const listed = run('ctl router list', '--via', 'amqp', '--transport-url', 'rabbit://u:hush@127.0.0.1:1/')
    await expect(listed).rejects.toMatchObject({ code: 'not_implemented', exit: 2 })
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
    ['ctl router show', []],
    ['ctl router rebuild', ['core', '--force']],
    ['ctl poll', ['--timeout', '0']],
    ['ctl poll', ['--via', 'pigeon']],
  ] as const)('%s %j is a mistake in usage', async (name, argv) => {
    await expect(run(name, ...argv)).rejects.toMatchObject({ oclif: { exit: 2 } })
    expect(rig.port.acted).toEqual([])
  })
})
