import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestCloud, type TestCloud } from '../embedded/support.ts'

const CLIENT = '/usr/bin/openstack'

let test: TestCloud
let home: string

/** Runs commands in one process of the real client, as `cloud`; each start of it costs a second. */
function openstack(cloud: string, commands: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(CLIENT, [], {
      cwd: home,
      env: {
        PATH: '/usr/bin:/bin',
        HOME: home,
        OS_CLOUD: cloud,
        LC_ALL: 'C.UTF-8',
        OS_CLIENT_CONFIG_FILE: join(home, 'clouds.yaml'),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: 120_000,
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (chunk: string) => {
        text += chunk
      })
    }
    child.once('error', reject)
    child.once('close', () => resolve(text))
    child.stdin.end(`${commands.join('\n')}\n`)
  })
}

/** A command of which the plain values of some columns are wanted, between marks that nothing else prints. */
async function values(cloud: string, command: string, ...columns: readonly string[]): Promise<readonly string[]> {
  const text = await openstack(cloud, [`${command} -f json`])
  const start = Math.min(...['[', '{'].map((mark) => text.indexOf(mark)).filter((at) => at >= 0))
  const parsed: unknown = JSON.parse(text.slice(start))
  const rows = Array.isArray(parsed) ? parsed : [parsed]
  return rows.map((row) => columns.map((column) => JSON.stringify(row[column])).join(' '))
}

/** What the client prints when something went wrong. */
const TROUBLE =
  /HTTP \d{3}|Exception|Error for url|failed to|Traceback|is not an openstack command|unrecognized|usage:|No \w+ found|Invalid/i

async function succeeds(cloud: string, commands: readonly string[]): Promise<string> {
  const text = await openstack(cloud, commands)
  const lines = text.split('\n')
  expect(lines.filter((line) => TROUBLE.test(line))).toEqual([])
  return text
}

const ADMIN = 'astara-embedded'

beforeAll(async () => {
  if (!existsSync(CLIENT)) throw new Error(`${CLIENT} is missing: apt-get install python3-openstackclient`)
  test = await startTestCloud({ bootTimeMs: 200 })
  home = mkdtempSync(join(tmpdir(), 'astara-openstack-'))
  writeFileSync(join(home, 'clouds.yaml'), test.cloud.cloudsYaml)
  writeFileSync(join(home, 'image.raw'), Buffer.alloc(4096, 7))
})

afterAll(async () => {
  await test?.stop()
  if (home) rmSync(home, { recursive: true, force: true })
})

describe('the real openstack client, without special flags', () => {
  it('finds its way', async () => {
    const text = await succeeds(ADMIN, [
      'token issue',
      'catalog list',
      'versions show',
      'project list',
      'user list',
      'role assignment list --names',
      'service list',
      'endpoint list',
      'network agent list',
      'extension list --network',
      'availability zone list',
      'flavor list',
      'limits show --absolute',
      'compute service list',
      'security group list',
      'quota show tenant-1',
    ])
    for (const word of ['neutron', 'tenant-3', 'm1.astara', 'Linux bridge agent', '2.93', 'extraroute-atomic'])
      expect(text).toContain(word)
  })

  it('creates, lists, shows and changes networks, subnets, routers, ports and floating IPs', async () => {
    await succeeds(ADMIN, [
      'network create n1',
      'subnet create --network n1 --subnet-range 10.77.0.0/24 --dns-nameserver 9.9.9.9 s1',
      'subnet create --network n1 --ip-version 6 --ipv6-ra-mode slaac --ipv6-address-mode slaac --subnet-range fd77::/64 s6',
      'router create r9',
      'router add subnet r9 s1',
      'router add subnet r9 s6',
      'router set --external-gateway public r9',
      'port create --network n1 p1',
      'floating ip create --port p1 public',
      'router add route --route destination=10.99.0.0/16,gateway=10.77.0.9 r9',
      'router set --name r10 --tag blue r9',
      'subnet set --dns-nameserver 149.112.112.112 s1',
      'network set --description changed n1',
      'port set --name p2 p1',
    ])
    expect(await values(ADMIN, 'router list --tags blue', 'Name', 'Status')).toEqual(['"r10" "ACTIVE"'])
    expect(await values(ADMIN, 'router show r10', 'routes')).toEqual([
      '[{"destination":"10.99.0.0/16","nexthop":"10.77.0.9"}]',
    ])
    const [interfaces] = await values(ADMIN, 'router show r10', 'interfaces_info')
    expect(interfaces).toContain('10.77.0.1')
    expect(interfaces).toContain('fd77::')
    const [servers] = await values(ADMIN, 'subnet show s1', 'dns_nameservers')
    expect(JSON.parse(servers ?? '').sort()).toEqual(['149.112.112.112', '9.9.9.9'])
    const [port] = await values(ADMIN, 'port show p2', 'fixed_ips')
    expect(port).toContain('10.77.0.2')
    expect(port).toContain('fd77::f816:3eff:')
    expect(await values(ADMIN, 'floating ip list --router r10', 'Fixed IP Address')).toEqual(['"10.77.0.2"'])
    expect(await values(ADMIN, 'network show n1', 'description')).toEqual(['"changed"'])
  })

  it('is refused in words it can show', async () => {
    const text = await openstack(ADMIN, [
      'router delete r10',
      'subnet delete s1',
      'network delete n1',
      'router unset --external-gateway r10',
      'subnet create --network n1 --subnet-range 10.77.0.0/25 s2',
      'network show nothing',
    ])
    expect(text).toContain('has ports still attached')
    expect(text).toContain('One or more ports have an IP allocation from this subnet')
    expect(text).toContain('There are one or more ports still in use on the network')
    expect(text).toContain('is required by one or more floating IPs')
    expect(text).toContain('overlaps with another subnet')
    expect(text).toContain('No Network found for nothing')
  })

  it('uploads an image, boots servers on it and on ports, plugs and unplugs, stops, starts and deletes them', async () => {
    await succeeds(ADMIN, [
      'image create --disk-format raw --container-format bare --file image.raw --property a=b img1',
      'image set --name img2 img1',
      'server create --image img2 --flavor m1.tiny --port p2 --wait vm1',
      'server create --image astara --flavor m1.tiny --network n1 --wait vm2',
      'port create --network n1 p3',
      'server add port vm2 p3',
    ])
    expect(await values(ADMIN, 'image show img2', 'status', 'size')).toEqual(['"active" 4096'])
    expect(await values(ADMIN, 'server list --sort-column Name', 'Name', 'Status', 'Flavor')).toEqual([
      '"vm1" "ACTIVE" "m1.tiny"',
      '"vm2" "ACTIVE" "m1.tiny"',
    ])
    const [addresses] = await values(ADMIN, 'server show vm2', 'addresses')
    expect(addresses?.match(/10\.77\.0\.\d+/g)).toHaveLength(2)
    await succeeds(ADMIN, [
      'server remove port vm2 p3',
      'server stop vm1',
      'server start vm1',
      'server delete --wait vm1 vm2',
      'image delete img2',
    ])
    expect(await values(ADMIN, 'server list --all-projects', 'Name')).toEqual([])
    expect(await values(ADMIN, 'image list', 'Name')).toEqual(['"astara"'])
  })

  it('takes everything away again', async () => {
    const [address] = await values(ADMIN, 'floating ip list --router r10', 'Floating IP Address')
    await succeeds(ADMIN, [
      `floating ip unset --port ${address}`,
      `floating ip set --port p2 ${address}`,
      `floating ip delete ${address}`,
      'router remove route --route destination=10.99.0.0/16,gateway=10.77.0.9 r10',
      'router unset --external-gateway r10',
      'router remove subnet r10 s1',
      'router remove subnet r10 s6',
      'router delete r10',
      'port delete p2 p3',
      'subnet delete s1 s6',
      'network delete n1',
    ])
    expect(await values(ADMIN, 'network list', 'Name')).not.toContain('"n1"')
  })

  it('works for a tenant too, with an application credential as well', async () => {
    const text = await succeeds('tenant-1', [
      'network list',
      'router list',
      'network create own',
      'security group create sg1',
      'security group rule create --protocol tcp --dst-port 22 sg1',
      'security group delete sg1',
      'application credential create ac1 --secret shh',
      'application credential list',
    ])
    expect(text).toContain('router-1')
    expect(text).not.toContain('router-2')
    const [id] = await values('tenant-1', 'application credential show ac1', 'id')
    writeFileSync(
      join(home, 'clouds.yaml'),
      `${test.cloud.cloudsYaml}  by-credential:
    auth_type: v3applicationcredential
    auth:
      auth_url: ${test.cloud.keystoneUrl}/v3
      application_credential_id: ${id}
      application_credential_secret: shh
`,
    )
    expect(await succeeds('by-credential', ['network show own', 'network delete own'])).toContain('own')
  })
})
