import { inject } from 'vitest'
import { createRabbitTransport, parseTransportUrl } from '../../../src/messaging/index.ts'
import { describeTransport } from '../../messaging/behaviour.ts'
import { openRawAmqp } from '../../support/raw-amqp.ts'
import { createTcpProxy } from '../../support/tcp-proxy.ts'

describeTransport('RabbitMQ transport', async () => {
  const url = inject('amqpUrl')
  const broker = parseTransportUrl(url).hosts[0]
  const proxy = await createTcpProxy(broker)
  const raw = await openRawAmqp(url)
  const proxied = url.replace(`${broker.host}:${broker.port}`, `127.0.0.1:${proxy.port}`)
  return {
    open: () => createRabbitTransport({ url: proxied, backoff: { baseMs: 50, maxMs: 500 } }),
    publishRaw: raw.publish,
    peek: raw.peek,
    deleteQueue: raw.deleteQueue,
    cut: proxy.cut,
    close: async () => {
      await raw.close()
      await proxy.close()
    },
  }
})
