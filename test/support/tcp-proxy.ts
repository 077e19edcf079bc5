import { createServer, connect as open, type Socket } from 'node:net'

/** A TCP relay on loopback that can hurt connections as networks do. */
export interface TcpProxy {
  readonly port: number
  /** Cuts all connections (RST). New ones are relayed. */
  cut(): void
  /** A dead link: bytes vanish in both directions, nothing is closed. */
  freeze(): void
  thaw(): void
  /** How many connections are open. */
  readonly connections: number
  close(): Promise<void>
}

export async function createTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let frozen = false
  const server = createServer((client) => {
    const upstream = open(target.port, target.host)
    const pair = [client, upstream] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [upstream, client]] as const) {
      from.on('data', (bytes: Buffer) => {
        if (!frozen) to.write(bytes)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        if (!frozen) to.destroy()
        pairs.delete(pair)
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const destroyAll = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy()
    pairs.clear()
  }
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    cut: destroyAll,
    freeze: () => {
      frozen = true
    },
    thaw: () => {
      frozen = false
    },
    get connections() {
      return pairs.size
    },
    async close() {
      frozen = false
      destroyAll()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
