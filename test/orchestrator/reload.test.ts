import { describe, expect, it } from 'vitest'
import { type Config, loadConfig } from '../../src/config/index.ts'
import { createReload } from '../../src/orchestrator/reload.ts'
import { live } from '../../src/orchestrator/worker/live.ts'
import { AstaraError, createLogger, silentLogger } from '../../src/shared/index.ts'

const configOf = async (env: Record<string, string>): Promise<Config> => (await loadConfig({ files: [], env })).config

describe('reading the configuration again', () => {
  it('pitfall D28: reloadable options take effect, the others are named, and nothing else moves', async () => {
    let present = await configOf({ OS_DEFAULT__API_PORT: '1111', OS_DEFAULT__ALIVE_TIMEOUT: '3' })
    const applied: Config[] = []
    const warned: unknown[] = []
    const reload = createReload({
      present: () => present,
      read: () => configOf({ OS_DEFAULT__API_PORT: '2222', OS_DEFAULT__ALIVE_TIMEOUT: '9', OS_DEFAULT__DEBUG: 'true' }),
      apply(config) {
        present = config
        applied.push(config)
      },
      logger: { ...silentLogger, warn: (fields: unknown) => warned.push(fields) } as typeof silentLogger,
    })
    expect(await reload()).toEqual({
      accepted: true,
      changed: expect.arrayContaining(['[DEFAULT] alive_timeout', '[DEFAULT] debug']),
      restart_needed: ['[DEFAULT] api_port'],
    })
    expect(applied[0]?.DEFAULT).toMatchObject({ api_port: 1111, alive_timeout: 9, debug: true })
    expect(warned).toEqual([{ options: ['[DEFAULT] api_port'] }])
    expect(await reload()).toMatchObject({ changed: [], restart_needed: ['[DEFAULT] api_port'] })
    expect(applied).toHaveLength(1)
  })

  it('a wrong file changes nothing, and its error is the answer', async () => {
    const present = await configOf({})
    const reload = createReload({
      present: () => present,
      read: () => configOf({ OS_DEFAULT__ALIVE_TIMEOUT: 'soon' }),
      apply: () => expect.unreachable(),
      logger: silentLogger,
    })
    await expect(reload()).rejects.toMatchObject({ code: 'bad_config' })
  })

  it('without files there is nothing to read again', async () => {
    const present = await configOf({})
    const reload = createReload({ present: () => present, read: undefined, apply: () => {}, logger: silentLogger })
    await expect(reload()).rejects.toBeInstanceOf(AstaraError)
  })

  it('secrets stay masked in what is in force afterwards', async () => {
    const secret = { OS_KEYSTONE_AUTHTOKEN__PASSWORD: 'hush' }
    let present = await configOf(secret)
    const reload = createReload({
      present: () => present,
      read: () => configOf({ ...secret, OS_DEFAULT__ALIVE_TIMEOUT: '9' }),
      apply: (config) => {
        present = config
      },
      logger: silentLogger,
    })
    await reload()
    expect(present.keystone_authtoken.password).toBe('hush')
    expect(JSON.stringify(present)).not.toContain('hush')
  })

  it('the level of a log changes while it runs, for loggers made before too', () => {
    const lines: string[] = []
    let level: 'info' | 'debug' = 'info'
    const logger = createLogger({ level: () => level, pretty: true, stream: { write: (line) => lines.push(line) } })
    const child = logger.child({ worker: 'w0' })
    child.debug('unheard')
    child.info('heard')
    level = 'debug'
    child.debug({ a: 1 }, 'heard too')
    expect(lines.map((line) => /heard( too)?/.exec(line)?.[0])).toEqual(['heard', 'heard too'])
  })

  it('what is exchanged behind its users is the new one at the next call', () => {
    class Client {
      readonly name: string
      constructor(name: string) {
        this.name = name
      }
      ask(): string {
        return this.name
      }
    }
    const client = live(new Client('old'))
    const held = client.value
    client.swap(new Client('new'))
    expect([held.ask(), held.name]).toEqual(['new', 'new'])
  })
})
