import { describe, expect, inject, it } from 'vitest'
import { createRabbitTransport, probeBrokers } from '../../../src/messaging/index.ts'

const url = inject('amqpUrl')
const other = (change: (parsed: URL) => void): string => {
  const parsed = new URL(url.replace(/^rabbit:/, 'http:'))
  change(parsed)
  return parsed.href.replace(/^http:/, 'rabbit:')
}

describe('knocking at brokers', () => {
  it('finds the exchanges that are there, and makes none', async () => {
    const exchange = `probe-${process.pid}`
    const look = () => probeBrokers({ url, exchanges: [exchange, 'amq.topic'], timeoutMs: 5_000 })
    for (let i = 0; i < 2; i += 1) {
      const [answer] = await look()
      expect(answer).toMatchObject({ product: expect.stringMatching(/^RabbitMQ \d/), error: null })
      expect([...(answer?.exchanges ?? [])]).toEqual([
        [exchange, false],
        ['amq.topic', true],
      ])
    }
    const transport = createRabbitTransport({ url })
    await transport.listen({ exchange, topic: 'notifications', pool: exchange, handler: () => {} })
    const [answer] = await look()
    expect(answer?.exchanges.get(exchange)).toBe(true)
    await transport.close()
  })

  it('says of each broker of the list what it did', async () => {
    const wrong = other((parsed) => {
      parsed.password = 's3cret-wrong'
    })
    const nobody = other((parsed) => {
      parsed.port = '1'
    })
    const elsewhere = other((parsed) => {
      parsed.pathname = '/no-such-vhost'
    })
    const ask = async (one: string) => (await probeBrokers({ url: one, exchanges: [], timeoutMs: 5_000 }))[0]?.error
    expect(await ask(wrong)).toBe('it refused the user name or the password')
    expect(await ask(nobody)).toContain('ECONNREFUSED')
    expect(await ask(elsewhere)).toBe('it refused the virtual host')
  })
})
