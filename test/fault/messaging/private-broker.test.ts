import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test, vi } from 'vitest'
import { cleanStaleBrokers } from '../../support/stale-brokers.ts'

const RIG = join(import.meta.dirname, '../../support/rabbitmq.ts')

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

test('a test run that was killed leaves a broker behind, which the next run removes', async () => {
  const program = `
    const { createBroker } = await import(${JSON.stringify(RIG)})
    const broker = await createBroker()
    await broker.start()
    console.log(JSON.stringify({ port: broker.port, folder: broker.folder }))
    setInterval(() => undefined, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: owner.stdout }).once('line', resolve)
    owner.once('exit', (code) => reject(new Error(`the rig ended with ${code}`)))
  })
  const { port, folder } = JSON.parse(line)
  cleanStaleBrokers()
  expect(await listens(port)).toBe(true) // Its owner lives: not ours to remove.
  owner.kill('SIGKILL')
  await new Promise((resolve) => owner.once('close', resolve))
  expect(await listens(port)).toBe(true)
  cleanStaleBrokers()
  await vi.waitFor(async () => expect(await listens(port)).toBe(false), { timeout: 10_000 })
  expect(existsSync(folder)).toBe(false)
}, 120_000)
