import { afterEach, describe, expect, inject, test, vi } from 'vitest'
import { createRabbitTransport, parseTransportUrl, type Transport } from '../../../src/messaging/index.ts'
import { createTlsProxy, type TlsProxy, tlsFixture } from '../../support/tls-proxy.ts'

const url = inject('amqpUrl')
const broker = parseTransportUrl(url).hosts[0]

describe('TLS to the broker', () => {
  let transport: Transport | null = null
  let proxy: TlsProxy | null = null
  afterEach(async () => {
    await transport?.close()
    await proxy?.close()
  })
  const open = async (
    certificate: 'server' | 'elsewhere' | 'expired',
    query: string,
    options: { host?: string; askClient?: boolean } = {},
  ): Promise<Transport> => {
    proxy = await createTlsProxy(broker, certificate, options)
    const at = `${options.host ?? '127.0.0.1'}:${proxy.port}`
    const base = url.replace(`${broker.host}:${broker.port}`, at).replace(/\/?$/, '/')
    transport = createRabbitTransport({ url: `${base}?ssl=1${query}`, backoff: { baseMs: 50, maxMs: 100 } })
    return transport
  }
  const refusal = async (opened: Transport): Promise<string> => {
    opened.connect().catch(() => undefined)
    return await vi.waitFor(
      () => {
        if (opened.state.state !== 'disconnected') throw new Error(opened.state.state)
        return opened.state.reason
      },
      { timeout: 10_000, interval: 10 },
    )
  }
  const CA = `&ssl_ca_file=${tlsFixture('ca.pem')}`

  test('a certificate of the right authority, by address and by name', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const opened = await open('server', CA, { host })
      await opened.connect(AbortSignal.timeout(10_000))
      await opened.close()
      await proxy?.close()
    }
  })

  test('a client certificate is shown', async () => {
    const files = `&ssl_cert_file=${tlsFixture('client.pem')}&ssl_key_file=${tlsFixture('client-key.pem')}`
    const opened = await open('server', `${CA}${files}`, { askClient: true })
    await opened.connect(AbortSignal.timeout(10_000))
    expect(proxy?.client).toBe('astara test client')
  })

  test.each([
    ['another authority', 'server', `&ssl_ca_file=${tlsFixture('other-ca.pem')}`, /certificate/],
    ['no authority given', 'server', '', /certificate/],
    ['another name', 'elsewhere', CA, /altnames|does not match/i],
    ['expired', 'expired', CA, /expired/],
  ] as const)('%s: refused with the reason', async (_name, certificate, query, reason) => {
    expect(await refusal(await open(certificate, query))).toMatch(reason)
  })

  test('verification can be switched off', async () => {
    const opened = await open('expired', '&ssl_verify=0')
    await opened.connect(AbortSignal.timeout(10_000))
  })
})
