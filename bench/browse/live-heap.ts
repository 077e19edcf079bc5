import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A port for Node's inspector that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/**
 * What a Node program keeps when all that it no longer needs is collected: the size of a process also tells how lazy its collector was.
 * Asks its inspector, which SIGUSR1 starts on the port of `--inspect-port`.
 */
export class LiveHeap {
  readonly #socket: WebSocket
  #last = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
  }

  static async open(pid: number, port: number): Promise<LiveHeap> {
    process.kill(pid, 'SIGUSR1')
    for (let tries = 0; ; tries++) {
      try {
        const text = await (await fetch(`http://127.0.0.1:${port}/json`)).text()
        const [target]: readonly { readonly webSocketDebuggerUrl: string }[] = JSON.parse(text)
        const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '')
        await new Promise((resolve, reject) => {
          socket.addEventListener('open', resolve, { once: true })
          socket.addEventListener('error', reject, { once: true })
        })
        return new LiveHeap(socket)
      } catch (error) {
        if (tries > 50) throw error
        await sleep(100)
      }
    }
  }

  #ask(method: string): Promise<{ readonly usedSize?: number }> {
    const id = ++this.#last
    return new Promise((resolve) => {
      const heard = ({ data }: MessageEvent): void => {
        const answer = JSON.parse(String(data))
        if (answer.id !== id) return
        this.#socket.removeEventListener('message', heard)
        resolve(answer.result ?? {})
      }
      this.#socket.addEventListener('message', heard)
      this.#socket.send(JSON.stringify({ id, method }))
    })
  }

  async megabytes(): Promise<number> {
    await this.#ask('HeapProfiler.collectGarbage')
    const { usedSize = Number.NaN } = await this.#ask('Runtime.getHeapUsage')
    return usedSize / 1e6
  }

  close(): void {
    this.#socket.close()
  }
}
