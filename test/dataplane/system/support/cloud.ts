import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Resource } from '../../../../src/contract/index.ts'
import { type HostControl, type HostView, hostControl } from '../../../../src/embedded/index.ts'
import { field, type Program, startProgram, until } from '../../../support/program.ts'
import { Space } from './space.ts'

/** Requests of one project to Neutron and Nova. */
export type Rest = (method: string, path: string, body?: unknown) => Promise<Body>

// biome-ignore lint/suspicious/noExplicitAny: answers of a REST API, of which tests pick what they need
export type Body = any

/** A running `astara run --embedded --dataplane netns`, as its user has it. */
export class SystemUnderTest {
  readonly program: Program
  readonly #home: string
  readonly #spaces: Space[] = []
  #control: HostControl | null = null

  constructor(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    this.#home = mkdtempSync(join(tmpdir(), 'astara-system-'))
    this.program = startProgram(
      ['run', '--embedded', '--dataplane', 'netns', '--embedded-tenants', '2', '--embedded-routers', '0', ...args],
      {
        HOME: this.#home,
        OS_DEFAULT__API_PORT: '0',
        OS_DEFAULT__NUM_WORKER_PROCESSES: '1',
        OS_DEFAULT__HEALTH_CHECK_PERIOD: '2',
        OS_DEFAULT__ALIVE_TIMEOUT: '2',
        ...env,
      },
    )
  }

  async ready(): Promise<void> {
    await this.program.line(/Ctrl-C here stops everything/, 60_000)
    this.#control = hostControl(this.keystone, new AbortController().signal)
  }

  get pid(): number {
    return this.program.child.pid ?? 0
  }

  get keystone(): string {
    return field(this.program.output(), 'Keystone')
  }

  get api(): string {
    return field(this.program.output(), 'HTTP API')
  }

  get control(): HostControl {
    if (!this.#control) throw new Error('not ready')
    return this.#control
  }

  /** Neutron (`v2.0/…`), Nova (`servers…`) and Glance (`v2/images…`) in the name of a cloud of the clouds.yaml. */
  async as(cloud: string): Promise<Rest> {
    const clouds = parse(readFileSync(field(this.program.output(), 'clouds.yaml'), 'utf8')).clouds
    const { auth } = clouds[cloud]
    const domain = { name: 'Default' }
    const login = await fetch(`${auth.auth_url}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: auth.username, password: auth.password, domain } },
          },
          scope: { project: { name: auth.project_name, domain } },
        },
      }),
    })
    const token = login.headers.get('x-subject-token') ?? ''
    const { catalog } = ((await login.json()) as Body).token
    const endpoint = (type: string): string =>
      catalog
        .find((service: Body) => service.type === type)
        .endpoints.find((one: Body) => one.interface === 'public')
        .url.replace(/\/$/, '')
    return async (method, path, body) => {
      const base = endpoint(path.startsWith('servers') ? 'compute' : path.startsWith('v2/images') ? 'image' : 'network')
      const answer = await fetch(`${base}/${path}`, {
        method,
        headers: { 'x-auth-token': token, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
      return answer.status === 204 ? {} : await answer.json()
    }
  }

  async resource(id: string): Promise<Resource | undefined> {
    const answer = await fetch(`${this.api}/v1/resources/${id}`)
    return answer.ok ? ((await answer.json()) as { resource: Resource }).resource : undefined
  }

  /** Waits until a router is configured. */
  async configured(id: string): Promise<Resource> {
    const resource = await until(
      () => this.resource(id),
      (one) => one?.instance_state === 'configured',
      40_000,
    )
    if (!resource) throw new Error('no resource')
    return resource
  }

  /** Makes a host and waits for its lease. */
  async host(network: string, name: string): Promise<Host> {
    await this.control.add(network, name)
    const view = await until(
      async () => (await this.control.list()).hosts.find((host) => host.name === name),
      (host) => host !== undefined && (!host.dhcp || host.lease !== null),
      30_000,
    )
    if (!view) throw new Error('no host')
    return new Host(view, this.space(view.namespace))
  }

  /** A namespace that is closed with the system; null: this machine. */
  space(name: string | null): Space {
    const space = new Space(name)
    this.#spaces.push(space)
    return space
  }

  async internet(): Promise<Space> {
    return this.space((await this.control.list()).internet.namespace)
  }

  /** Namespace of the instance of a router. */
  async instance(routerId: string): Promise<Space> {
    const { instances } = await this.control.list()
    const found = instances.find((one) => one.name.includes(routerId))
    if (!found) throw new Error(`no instance of ${routerId}`)
    return this.space(found.namespace)
  }

  /** Requests that came to Nova's metadata service. */
  async metadataRequests(): Promise<readonly Body[]> {
    return ((await (await fetch(`${this.keystone}/_embedded/metadata`)).json()) as Body).requests
  }

  async stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<number | string> {
    for (const space of this.#spaces) space.close()
    this.program.child.kill(signal)
    const ended = await this.program.ended
    rmSync(this.#home, { recursive: true, force: true })
    return ended
  }
}

/** A test host with the address it got. */
export class Host {
  readonly view: HostView
  readonly space: Space

  constructor(view: HostView, space: Space) {
    this.view = view
    this.space = space
  }

  /** IPv4 address. */
  get address(): string {
    return this.view.lease?.ip ?? this.view.addresses.find((address) => !address.includes(':')) ?? ''
  }
}

export interface RouterInit {
  readonly cidr: string
  readonly dns?: readonly string[]
  readonly hostRoutes?: readonly { readonly destination: string; readonly nexthop: string }[]
  readonly mtu?: number
  readonly cidr6?: string
}

export interface MadeRouter {
  readonly id: string
  readonly networkId: string
  readonly subnetId: string
  readonly external: { readonly v4: string; readonly v6: string }
}

/** A tenant's network with a router to the outside, made as a tenant makes it. */
export async function makeRouter(
  rest: Rest,
  name: string,
  init: RouterInit,
  extra: Readonly<Record<string, unknown>> = {},
): Promise<MadeRouter> {
  const [external] = (await rest('GET', 'v2.0/networks?router:external=true')).networks
  const { network } = await rest('POST', 'v2.0/networks', {
    network: { name: `net-${name}`, ...(init.mtu ? { mtu: init.mtu } : {}) },
  })
  const { subnet } = await rest('POST', 'v2.0/subnets', {
    subnet: {
      network_id: network.id,
      ip_version: 4,
      cidr: init.cidr,
      dns_nameservers: init.dns ?? [],
      host_routes: init.hostRoutes ?? [],
    },
  })
  const { router } = await rest('POST', 'v2.0/routers', {
    router: { name: `router-${name}`, external_gateway_info: { network_id: external.id }, ...extra },
  })
  await rest('PUT', `v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
  if (init.cidr6) {
    const made = await rest('POST', 'v2.0/subnets', {
      subnet: {
        network_id: network.id,
        ip_version: 6,
        cidr: init.cidr6,
        ipv6_ra_mode: 'slaac',
        ipv6_address_mode: 'slaac',
      },
    })
    await rest('PUT', `v2.0/routers/${router.id}/add_router_interface`, { subnet_id: made.subnet.id })
  }
  const addresses: string[] = router.external_gateway_info.external_fixed_ips.map((ip: Body) => ip.ip_address)
  return {
    id: router.id,
    networkId: network.id,
    subnetId: subnet.id,
    external: {
      v4: addresses.find((address) => !address.includes(':')) ?? '',
      v6: addresses.find((address) => address.includes(':')) ?? '',
    },
  }
}
