import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CallSum, CloudInit, CloudMethod, CloudMethods, CloudReady } from './cloud-protocol.ts'

/** The cloud process, seen from the bench. */
export interface Cloud extends CloudReady {
  readonly pid: number
  ask<M extends CloudMethod>(method: M, argument: CloudMethods[M]['argument']): Promise<CloudMethods[M]['answer']>
  /** Requests served while `work` ran, the most frequent first. */
  callsDuring(work: () => Promise<void>): Promise<readonly CallSum[]>
  stop(): void
}

export async function startCloud(init: CloudInit): Promise<Cloud> {
  const child = fork(fileURLToPath(new URL('cloud-main.ts', import.meta.url)), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
  })
  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let next = 1
  child.on('message', (message) => {
    const { id, result, error } = message as { id: number; result?: unknown; error?: unknown }
    const call = pending.get(id)
    pending.delete(id)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(`cloud: ${String(error)}`))
  })
  child.once('exit', (code) => {
    for (const call of pending.values()) call.reject(new Error(`the cloud ended with exit code ${code}`))
  })
  const ask: Cloud['ask'] = (method, argument) =>
    new Promise((resolve, reject) => {
      const id = next++
      pending.set(id, { resolve: resolve as (value: unknown) => void, reject })
      child.send({ id, method, argument })
    })
  const ready = await ask('init', init)
  return {
    ...ready,
    pid: child.pid ?? 0,
    ask,
    async callsDuring(work) {
      await ask('forget', null)
      await work()
      return ask('calls', null)
    },
    stop: () => child.kill('SIGKILL'),
  }
}

/** How many of these calls went to OpenStack: REST and RPC; logging in and agents' reports do not count. */
export function countCalls(calls: readonly CallSum[]): number {
  return calls.filter(({ service }) => service !== 'keystone').reduce((sum, { count }) => sum + count, 0)
}
