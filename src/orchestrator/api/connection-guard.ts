import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Keeps room for those who ask when many connections merely stay open (slowloris). Over `max` connections, the one that has been longest
 * without a whole request is closed in favour of the new one; a request that is being answered is never cut. Only when every connection
 * is busy with an answer is the new one turned away.
 */
export function guardConnections(server: Server, max: number): { readonly open: () => number } {
  /** Sockets without a whole request, the longest waiting first. */
  const waiting = new Set<Socket>()
  const busy = new Set<Socket>()

  const toWaiting = (socket: Socket): void => {
    if (busy.delete(socket)) waiting.add(socket)
  }

  server.on('connection', (socket: Socket) => {
    waiting.add(socket)
    socket.once('close', () => {
      waiting.delete(socket)
      busy.delete(socket)
    })
    if (waiting.size + busy.size <= max) return
    const [oldest] = waiting
    waiting.delete(oldest ?? socket)
    ;(oldest ?? socket).destroy()
  })

  server.on('request', (request: IncomingMessage, response) => {
    const { socket } = request
    const whole = (): void => {
      if (waiting.delete(socket)) busy.add(socket)
    }
    // The headers are here; a body that drips keeps the connection among those that may be closed.
    if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) whole()
    else request.once('end', whole)
    response.once('close', () => toWaiting(socket))
  })

  return { open: () => waiting.size + busy.size }
}
