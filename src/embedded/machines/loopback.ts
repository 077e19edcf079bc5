import { createServer, type Server } from 'node:net'
import { AstaraError } from '../../shared/index.ts'
import { loopbackRefusal } from './simulated-hypervisor.ts'

/** A /16 of the loopback that this cloud has to itself. */
export interface LoopbackClaim {
  /** `127.64.0.0/16` */
  readonly cidr: string
  release(): Promise<void>
}

const FIRST = 64
const LAST = 126

function hold(address: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen(port, address, () => {
      server.unref()
      resolve(server)
    })
  })
}

/**
 * Finds a free 127.N.0.0/16 for simulated appliances, by listening on its first address at the appliances' port for as long as the cloud
 * lives: two clouds on one machine never share addresses. Throws AstaraError `unavailable` where the loopback has only 127.0.0.1.
 */
export async function claimLoopback(port: number): Promise<LoopbackClaim> {
  for (let second = FIRST; second <= LAST; second += 1) {
    const address = `127.${second}.0.1`
    try {
      const server = await hold(address, port)
      return {
        cidr: `127.${second}.0.0/16`,
        release: () => new Promise((resolve) => void server.close(() => resolve())),
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw loopbackRefusal(address, error)
    }
  }
  throw new AstaraError(
    'address_in_use',
    `port ${port} is taken on every loopback address that simulated appliances may use`,
    {
      suggestions: [`Stop what listens on 0.0.0.0:${port}, or choose another port for the appliances.`],
    },
  )
}
