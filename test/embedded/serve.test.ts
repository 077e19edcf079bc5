import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/index.ts'
import { type ServeOptions, serveEmbedded } from '../../src/embedded/index.ts'
import { silentLogger } from '../../src/shared/index.ts'
import { request, until } from './support.ts'

const home = mkdtempSync(join(tmpdir(), 'astara-embedded-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Serves until `stop` is called. */
function serve(options: Partial<ServeOptions>): { output(): string; stop(): void; ended: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let text = ''
  const ended = serveEmbedded({
    port: 0,
    transportUrl: null,
    routers: 1,
    tenants: 1,
    bootTimeMs: 10,
    appliances: 'simulated',
    autoSchedule: true,
    routerStatusExtension: true,
    segments: true,
    fault: {},
    cloudsYaml: null,
    orchestratorIni: null,
    logger: silentLogger,
    write: (more) => {
      text += more
    },
    stopped: promise,
    ...options,
  })
  return { output: () => text, stop: resolve, ended }
}

describe('the cloud as a process of its own', () => {
  it('says where everything is, writes what others need, and ends when told', async () => {
    const cloudsYaml = join(home, 'clouds.yaml')
    const orchestratorIni = join(home, 'orchestrator.ini')
    const program = serve({ cloudsYaml, orchestratorIni, fault: { config: 'reject' } })
    await until(program.output, (text) => text.includes('is ready'))
    const keystone = /Keystone +(\S+)/.exec(program.output())?.[1] ?? ''
    expect((await request('GET', `${keystone}/_embedded/faults`)).body.all).toEqual({ config: 'reject' })

    const clouds = parse(readFileSync(cloudsYaml, 'utf8')).clouds
    expect(Object.keys(clouds)).toEqual(['astara-embedded', 'tenant-1'])
    expect(clouds['astara-embedded'].auth.auth_url).toBe(`${keystone}/v3`)
    expect(statSync(cloudsYaml).mode & 0o777).toBe(0o600)

    // What is written is what the orchestrator's own reader understands, without a single complaint.
    const { config, warnings } = await loadConfig({ files: [orchestratorIni], env: {} })
    expect(warnings).toEqual([])
    expect(config.keystone_authtoken).toMatchObject({
      auth_url: `${keystone}/v3`,
      username: 'astara',
      project_name: 'service',
    })
    expect(config.DEFAULT.management_prefix).toMatch(/^127\.\d+\.0\.0\/16$/)
    expect(config.router.image_uuid).not.toBeNull()

    program.stop()
    await program.ended
    await expect(fetch(keystone)).rejects.toThrow()
  })

  it('says plainly that a given port is taken', async () => {
    const first = serve({})
    await until(first.output, (text) => text.includes('is ready'))
    const port = Number(/Keystone +\S+:(\d+)/.exec(first.output())?.[1])
    await expect(serve({ port }).ended).rejects.toMatchObject({ code: 'address_in_use' })
    first.stop()
    await first.ended
  })

  it('says plainly that a file cannot be written', async () => {
    const program = serve({ cloudsYaml: join(home, 'nowhere', 'clouds.yaml') })
    await expect(program.ended).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('cannot write'),
    })
  })
})
