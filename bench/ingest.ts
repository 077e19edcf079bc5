/**
 * How fast a backlog of notifications is taken from a real RabbitMQ: `node bench/ingest.ts [messages] [runs]`.
 * Uses the broker of ASTARA_TEST_AMQP_URL, else a private one on this machine (which then shares its cores).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRabbitTransport, type Transport } from '../src/messaging/index.ts'
import { createBroker } from '../test/support/rabbitmq.ts'
import { openRawAmqp } from '../test/support/raw-amqp.ts'
import { machine } from './machine.ts'

const EXCHANGE = 'neutron-bench'
const MESSAGES = Number(process.argv[2] ?? 20_000)
const RUNS = Number(process.argv[3] ?? 3)

/** A captured port.create.end, each copy with ids of its own. */
function bodies(count: number): Buffer[] {
  const capture = join(import.meta.dirname, '../test/fixtures/captures/notifications/06-port-create.json')
  const { messages } = JSON.parse(readFileSync(capture, 'utf8'))
  const raw: string = messages.find((m: { body_raw: string }) => m.body_raw.includes('port.create.end')).body_raw
  const id = /_unique_id\\": \\"([0-9a-f]{32})/.exec(raw)?.[1] ?? ''
  return Array.from({ length: count }, (_, n) => Buffer.from(raw.replace(id, n.toString(16).padStart(32, '0'))))
}

async function fill(url: string, pool: string, messages: readonly Buffer[]): Promise<void> {
  const raw = await openRawAmqp(url)
  await raw.with(async (channel) => {
    await channel.assertExchange(EXCHANGE, 'topic', { durable: false })
    await channel.assertQueue(pool, { durable: false })
    await channel.bindQueue(pool, EXCHANGE, 'notifications.info')
    for (const [n, body] of messages.entries()) {
      channel.publish(EXCHANGE, 'notifications.info', body, { deliveryMode: 2 })
      if (n % 1000 === 999) await channel.waitForConfirms()
    }
    await channel.waitForConfirms()
  })
  await raw.close()
}

async function drain(transport: Transport, pool: string, count: number, asynchronous: boolean) {
  let taken = 0
  let done: () => void = () => undefined
  const all = new Promise<void>((resolve) => {
    done = resolve
  })
  const take = (): void => {
    if (++taken === count) done()
  }
  const cpu = process.cpuUsage()
  const start = performance.now()
  const handler = asynchronous ? async (): Promise<void> => take() : take
  const subscription = await transport.listen({ exchange: EXCHANGE, topic: 'notifications', pool, handler })
  await all
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  await subscription.close()
  return { rate: count / seconds, cpuUs: (user + system) / count }
}

const given = process.env.ASTARA_TEST_AMQP_URL
const broker = given ? null : await createBroker({ schedulers: 2 })
await broker?.start()
const url = given ?? broker?.url ?? ''
const messages = bodies(MESSAGES)
const size = messages[0]?.length ?? 0
console.log(`${machine()}; broker ${given ? 'given' : 'on the same cores'}; ${MESSAGES} notifications of ${size} bytes`)
try {
  for (const asynchronous of [false, true]) {
    for (let run = 1; run <= RUNS; run++) {
      const transport = createRabbitTransport({ url })
      await transport.connect()
      const pool = `bench-${process.pid}-${asynchronous}-${run}`
      await fill(url, pool, messages)
      const { rate, cpuUs } = await drain(transport, pool, MESSAGES, asynchronous)
      const kind = asynchronous ? 'asynchronous' : 'synchronous'
      console.log(`${kind} handler, run ${run}: ${Math.round(rate)} notifications/s, ${cpuUs.toFixed(1)} us CPU each`)
      await transport.close()
    }
  }
} finally {
  await broker?.dispose()
}
