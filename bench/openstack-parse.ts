// Lists 10,000 ports (about 9 MB of JSON) from a local server and times it: the wire, the parsing, the checking of every field.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus } from 'node:os'
import { createOpenStack } from '../src/openstack/index.ts'

const COUNT = 10_000
const ROUNDS = 10

const port = (n: number): Record<string, unknown> => ({
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  name: `ASTARA:VRRP:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  network_id: '387f9f9a-0049-417c-b1d5-f0990639e41a',
  tenant_id: '39a42c4d11374dbaa289d92acba34e4b',
  mac_address: 'fa:16:3e:36:48:76',
  admin_state_up: true,
  status: 'ACTIVE',
  device_id: '',
  device_owner: '',
  fixed_ips: [
    { subnet_id: '6c98eb2d-ab3b-42bb-92f0-d331b2559a64', ip_address: 'fdca:3ba5:a17a:acda:f816:3eff:fe36:4876' },
  ],
  project_id: '39a42c4d11374dbaa289d92acba34e4b',
  'binding:vif_details': { connectivity: 'l2', port_filter: true, bound_drivers: { '0': 'linuxbridge' } },
  'binding:profile': {},
  allowed_address_pairs: [],
  extra_dhcp_opts: [],
  security_groups: [],
  description: '',
  ip_allocation: 'none',
  tags: [],
  created_at: '2026-11-22T15:23:41Z',
  updated_at: '2026-11-22T15:23:42Z',
  revision_number: 1,
})

// Pages are made beforehand: only the client is to be measured.
const size = 1_000
const pages = Array.from({ length: COUNT / size }, (_, page) => {
  const ports = Array.from({ length: size }, (__, n) => port(page * size + n))
  const next = { rel: 'next', href: `http://x/v2.0/ports?limit=${size}&marker=${page + 1}` }
  return Buffer.from(JSON.stringify({ ports, ports_links: page + 1 < COUNT / size ? [next] : [] }))
})
const token = {
  user: { id: 'u' },
  project: { id: 'p' },
  issued_at: '2026-01-01T00:00:00Z',
  expires_at: '2026-01-02T00:00:00Z',
}

const server = createServer((request, response) => {
  request.resume()
  const url = new URL(request.url ?? '/', 'http://x')
  if (request.method === 'POST') response.writeHead(201, { 'x-subject-token': 't' }).end(JSON.stringify({ token }))
  else response.end(pages[Number(url.searchParams.get('marker') ?? 0)])
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const client = createOpenStack({
  auth: { authUrl: url, method: 'password', userId: 'u', password: 'p' },
  endpointOverrides: { neutron: url },
})
await client.authenticate()

const times: number[] = []
for (let round = 0; round < ROUNDS; round += 1) {
  const started = performance.now()
  const ports = await client.neutron.listPorts()
  times.push(performance.now() - started)
  if (ports.length !== COUNT) throw new Error(`listed ${ports.length} ports`)
}
const bytes = pages.reduce((sum, page) => sum + page.length, 0)
const sorted = times.toSorted((a, b) => a - b)
const [model] = cpus()
console.log(`${model?.model ?? 'unknown CPU'} × ${cpus().length}, Node ${process.version}`)
console.log(
  `${COUNT} ports, ${(bytes / 1e6).toFixed(1)} MB in ${pages.length} pages, server in the same process: first ${times[0]?.toFixed(0)} ms, ` +
    `median ${sorted[ROUNDS / 2]?.toFixed(0)} ms, worst ${sorted.at(-1)?.toFixed(0)} ms`,
)
await client.close()
server.close()
