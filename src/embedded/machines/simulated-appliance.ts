import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { ApplianceConfig } from '../../contract/index.ts'
import { AstaraError, type Clock, messageOf } from '../../shared/index.ts'
import type { ApplianceFault } from '../faults/appliance-faults.ts'
import { configurationAnswer } from './configuration-answer.ts'

/** One network interface of a simulated appliance. */
export interface SimulatedInterface {
  /** `ge0` is the management interface. */
  readonly ifname: string
  readonly lladdr: string
  readonly addresses: readonly string[]
}

export interface SimulatedApplianceOptions {
  readonly address: string
  readonly port: number
  readonly clock: Clock
  /** Asked at each request: faults change at run time. */
  readonly fault: () => ApplianceFault
}

const BODY_LIMIT = 16 * 1024 * 1024

/** What a request ends in. */
interface Answer {
  readonly status: number
  /** JSON, or text as it is. */
  readonly body: unknown
}

/**
 * An HTTP server that answers as the appliance in a service VM does. It does not route packets; it keeps the configuration it was given
 * and shows the interfaces that Nova plugged in.
 */
export class SimulatedAppliance {
  readonly address: string
  /** The last configuration accepted; null after a boot. */
  config: ApplianceConfig | null = null
  /** Configurations accepted since the boot. */
  pushes = 0
  /** Requests answered or not since the boot, by `METHOD path`. */
  readonly requests = new Map<string, number>()
  interfaces: readonly SimulatedInterface[] = []
  readonly #options: SimulatedApplianceOptions
  #server: HttpServer | null = null
  /** Listening and closing follow each other, never overlap. */
  #switching: Promise<void> = Promise.resolve()
  #isPowered = false

  constructor(options: SimulatedApplianceOptions) {
    this.#options = options
    this.address = options.address
  }

  /** Whether connections are accepted now. */
  get isListening(): boolean {
    return this.#server?.listening ?? false
  }

  /** The machine is up: it listens unless a fault says it is dead. */
  powerOn(): Promise<void> {
    this.#isPowered = true
    this.config = null
    this.pushes = 0
    return this.apply()
  }

  powerOff(): Promise<void> {
    this.#isPowered = false
    return this.apply()
  }

  /** Brings listening in line with the power and the faults. Rejects when the address cannot be had. */
  apply(): Promise<void> {
    const next = this.#switching.then(() => {
      const isWanted = this.#isPowered && this.#options.fault().alive !== 'refuse'
      if (isWanted && !this.#server) return this.#open()
      if (!isWanted && this.#server) return this.#shut()
      return undefined
    })
    this.#switching = next.catch(() => undefined)
    return next
  }

  #open(): Promise<void> {
    const { address, port } = this.#options
    const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          new AstaraError(
            'unavailable',
            `a simulated appliance cannot listen on ${address}:${port}: ${messageOf(error)}`,
            {
              cause: error,
            },
          ),
        ),
      )
      server.listen(port, address, () => {
        this.#server = server
        server.unref()
        resolve()
      })
    })
  }

  #shut(): Promise<void> {
    const server = this.#server
    this.#server = null
    return new Promise((resolve) => {
      if (!server) {
        resolve()
        return
      }
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    const key = `${request.method} ${path}`
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1)
    const fault = this.#options.fault()
    if (fault.alive === 'hang') return
    if (fault.delayMs) await this.#options.clock.sleep(fault.delayMs)
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of request) {
      size += chunk.length
      if (size > BODY_LIMIT) {
        request.destroy()
        return
      }
      chunks.push(chunk)
    }
    const answer = this.#answer(request, path, Buffer.concat(chunks))
    const isText = typeof answer.body === 'string'
    const body = isText ? String(answer.body) : JSON.stringify(answer.body)
    response.writeHead(answer.status, {
      'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json',
      'Content-Length': Buffer.byteLength(body),
    })
    response.end(body)
  }

  #answer(request: IncomingMessage, path: string, body: Buffer): Answer {
    const trimmed = path.length > 1 ? path.replace(/\/$/, '') : path
    const route = `${request.method} ${trimmed}`
    switch (route) {
      case 'GET /v1/base':
        return { status: 200, body: 'Astara appliance API service is active' }
      case 'GET /v1/status':
        return { status: 200, body: { v4: true, v6: true } }
      case 'GET /v1/firewall/rules':
        return {
          status: 200,
          body: 'Chain INPUT (policy DROP)\ntarget     prot opt source               destination\n',
        }
      case 'GET /v1/system/interfaces':
        return { status: 200, body: { interfaces: this.interfaces.map(viewInterface) } }
      case 'GET /v1/system/config':
        return { status: 200, body: configurationAnswer(this.config, this.interfaces.map(viewInterface)) }
      case 'PUT /v1/system/config':
        return this.#configure(request, body)
      case 'GET /v1/firewall/labels':
      case 'POST /v1/firewall/labels':
        return { status: 200, body: { labels: Object.keys(this.config?.labels ?? {}).map(counter) } }
      default:
        return this.#one(route)
    }
  }

  #one(route: string): Answer {
    const ifname = /^GET \/v1\/system\/interface\/(\w+)$/.exec(route)?.[1]
    const found = this.interfaces.find((one) => one.ifname === ifname)
    if (found) return { status: 200, body: { interface: viewInterface(found) } }
    return { status: 404, body: { error: 'not found' } }
  }

  #configure(request: IncomingMessage, body: Buffer): Answer {
    const fault = this.#options.fault()
    if (fault.config === 'fail')
      return { status: 500, body: { error: 'injected fault: applying the configuration failed' } }
    if (fault.config === 'reject')
      return { status: 422, body: { error: 'injected fault: the configuration is refused' } }
    // The original takes exactly this, without parameters.
    if (request.headers['content-type'] !== 'application/json') {
      return { status: 415, body: { error: 'Content-Type must be application/json' } }
    }
    let json: unknown
    try {
      json = JSON.parse(body.toString('utf8'))
    } catch {
      return { status: 400, body: { error: 'the body is not JSON' } }
    }
    const parsed = ApplianceConfig.safeParse(json)
    if (!parsed.success) {
      const details = parsed.error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.join('.'), message }))
      return { status: 422, body: { error: 'The config failed to validate.', details } }
    }
    const known = new Set(this.interfaces.map((one) => one.ifname))
    const missing = parsed.data.networks.find((network) => !known.has(network.interface.ifname))
    if (missing) return { status: 500, body: { error: `Device "${missing.interface.ifname}" does not exist.` } }
    this.config = parsed.data
    this.pushes += 1
    return { status: 200, body: configurationAnswer(this.config, this.interfaces.map(viewInterface)) }
  }
}

function viewInterface(one: SimulatedInterface): Record<string, unknown> {
  return { ...one, description: '', groups: [], media: null, mtu: 1500, state: 'up' }
}

const counter = (name: string) => ({
  name,
  total_packets: 0,
  total_bytes: 0,
  packets_in: 0,
  bytes_in: 0,
  packets_out: 0,
  bytes_out: 0,
})
