import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What Nova's metadata service was asked. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A metadata service that answers what the test says, after as long as the test says. */
export async function fakeNova() {
  const asked: Asked[] = []
  const behaviour = {
    status: 200,
    headers: { 'content-type': 'text/plain' } as Record<string, string>,
    body: 'hello',
    /** Paths that contain this are never answered. */
    hangs: '\0',
  }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      if (request.url?.includes(behaviour.hangs)) return
      response.writeHead(behaviour.status, behaviour.headers)
      response.end(behaviour.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    behaviour,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type FakeNova = Awaited<ReturnType<typeof fakeNova>>
