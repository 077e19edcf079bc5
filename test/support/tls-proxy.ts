import { readFileSync } from 'node:fs'
import { connect as open } from 'node:net'
import { join } from 'node:path'
import { createServer, type TLSSocket } from 'node:tls'

const FIXTURES = join(import.meta.dirname, '../fixtures/tls')

/** Path of a PEM file made for tests. */
export const tlsFixture = (name: string): string => join(FIXTURES, name)

/** A TLS end in front of a plain TCP server. */
export interface TlsProxy {
  readonly port: number
  /** Subject of the last client certificate shown, or null. */
  readonly client: string | null
  close(): Promise<void>
}

export async function createTlsProxy(
  target: { host: string; port: number },
  certificate: 'server' | 'elsewhere' | 'expired',
  options: { readonly askClient?: boolean } = {},
): Promise<TlsProxy> {
  const sockets = new Set<TLSSocket>()
  let client: string | null = null
  const server = createServer(
    {
      key: readFileSync(tlsFixture('broker-key.pem')),
      cert: readFileSync(tlsFixture(`${certificate}.pem`)),
      ca: readFileSync(tlsFixture('ca.pem')),
      requestCert: options.askClient ?? false,
      rejectUnauthorized: options.askClient ?? false,
    },
    (socket) => {
      sockets.add(socket)
      const subject = socket.getPeerCertificate().subject?.CN
      client = typeof subject === 'string' ? subject : null
      const upstream = open(target.port, target.host)
      socket.pipe(upstream).pipe(socket)
      socket.on('error', () => upstream.destroy())
      upstream.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    },
  )
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    get client() {
      return client
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
