import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Resource } from '../../src/contract/index.ts'
import type { OpenStack } from '../../src/openstack/index.ts'
import { cloudAdmin } from './cloud-admin.ts'
import { childrenOf, field, lives, type Program, startProgram, until } from './program.ts'
import { createBroker } from './rabbitmq.ts'

/** An embedded cloud and a broker as programs of their own: orchestrators can be killed and started beside them. */
export interface CloudApart {
  readonly openstack: OpenStack
  /** Keystone's address, which also sets faults. */
  readonly keystone: string
  readonly cloudsYaml: string
  /** Starts an orchestrator; all that are started share one database. */
  startOrchestrator(env?: Readonly<Record<string, string>>): Program
  dispose(): Promise<void>
}

/** `args` are those of `astara embedded`. */
export async function startCloudApart(args: readonly string[]): Promise<CloudApart> {
  const home = mkdtempSync(join(tmpdir(), 'astara-fault-'))
  const ini = join(home, 'orchestrator.ini')
  const cloudsYaml = join(home, 'clouds.yaml')
  const broker = await createBroker()
  await broker.start()
  const files = ['--clouds-yaml', cloudsYaml, '--orchestrator-ini', ini]
  const cloud = startProgram(['embedded', '--port', '0', '--transport-url', broker.url, ...args, ...files])
  await cloud.line(/orchestrator\.ini/)
  const { openstack } = cloudAdmin(cloudsYaml)
  const started: Program[] = []
  return {
    openstack,
    keystone: field(cloud.output(), 'Keystone'),
    cloudsYaml,
    startOrchestrator(env = {}) {
      const program = startProgram(['run', '--config-file', ini], {
        OS_DEFAULT__API_PORT: '0',
        OS_DATABASE__CONNECTION: `sqlite:///${join(home, 'astara.sqlite')}`,
        ...env,
      })
      started.push(program)
      return program
    },
    async dispose() {
      await openstack.close()
      for (const program of [...started, cloud]) program.child.kill('SIGKILL')
      await broker.dispose()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Kills an orchestrator with SIGKILL as soon as it boots an instance; returns when its workers are gone too. */
export async function killWhileBooting(orchestrator: Program): Promise<void> {
  await orchestrator.line(/booting instance/)
  const workers = childrenOf(orchestrator.child.pid ?? 0)
  orchestrator.child.kill('SIGKILL')
  await orchestrator.ended
  await until(
    () => workers.filter(lives),
    (left) => left.length === 0,
    10_000,
  )
}

/** Returns when so many resources of an orchestrator are configured. */
export async function allConfigured(orchestrator: Program, count: number, timeoutMs: number): Promise<void> {
  await orchestrator.line(/orchestrator started/)
  const told = field(orchestrator.output().replaceAll(/^\S+ INFO {2}/gm, ''), 'orchestrator started')
  const api = /url=(\S+)/.exec(told)?.[1] ?? ''
  await until(
    async () => {
      const answer = await fetch(`${api}/v1/resources?instance_state=configured&limit=500`)
      return ((await answer.json()) as { resources: Resource[] }).resources.length
    },
    (configured) => configured === count,
    timeoutMs,
  )
}
