import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Body, golden, networkOn } from './support/configs.ts'
import { Lab, until } from './support/lab.ts'
import { Router } from './support/router.ts'
import { announceSkip, prepareTools } from './support/tools.ts'
import { ECHO_SERVER, get, reaches } from './support/traffic.ts'

const reason = prepareTools()
if (reason !== null) announceSkip(reason)

const MANAGEMENT = 'fdca:3ba5:a17a:acda'
const VIP = '192.168.0.137'
const VIP6 = '2001:db8:a::137'

/** Sends its own name, then a line each 20 ms. Arguments: address, port, name. */
const NAMED_STREAM = `
import { createServer } from 'node:net'
const [address, port, name] = process.argv.slice(1)
createServer((socket) => {
  socket.write(name + '\\n')
  const timer = setInterval(() => socket.write('.\\n'), 20)
  for (const end of ['close', 'error']) socket.on(end, () => clearInterval(timer))
}).listen(Number(port), address, () => console.log('ready'))
`

/** Answers every request with its name. Arguments: address, port, name. */
const NAMED_HTTP = `
import { createServer } from 'node:http'
const [address, port, name] = process.argv.slice(1)
createServer((request, response) => response.end(name)).listen(Number(port), address, () => console.log('ready'))
`

/** Reads from a stream and prints what it gets. Arguments: address, port. */
const READER = `
import { connect } from 'node:net'
const [address, port] = process.argv.slice(1)
connect(Number(port), address, () => console.log('ready')).on('data', (data) => process.stdout.write(data)).on('close', () => console.log('closed'))
`

/** A load balancer, two members and a client on one network. */
describe.skipIf(reason !== null)('a load balancer', () => {
  let lab: Lab
  let appliance: Router

  /** Golden e-lb with HTTP on 80 (weights 1 and 3) and a TCP listener on 3306. */
  const body = (bend: (listeners: Body[]) => void = () => undefined): Body => {
    const config = golden('e-lb')
    config.services.loadbalancer.listeners[1] = golden('e2-lb-https-tcp').services.loadbalancer.listeners[1]
    bend(config.services.loadbalancer.listeners)
    return config
  }

  const answers = async (count: number, url = `http://${VIP}/`): Promise<Record<string, number>> => {
    const tally: Record<string, number> = {}
    for (let i = 0; i < count; i += 1) {
      const name = (await get(lab, 'cli', url)) ?? 'nobody'
      tally[name] = (tally[name] ?? 0) + 1
    }
    return tally
  }

  beforeAll(async () => {
    lab = new Lab(['brm', 'brt'])
    for (const space of ['mgt', 'lb', 'cli', 'm1', 'm2']) lab.space(space)
    lab.cable('mgt', 'eth0', 'brm')
    lab.cable('lb', 'eth0', 'brm')
    for (const space of ['mgt', 'lb']) lab.in(space, 'ip', 'link', 'set', 'eth0', 'up')
    lab.in('mgt', 'ip', 'address', 'add', `${MANAGEMENT}::1/64`, 'dev', 'eth0', 'nodad')
    await lab.program('mgt', ECHO_SERVER, '::', '9697')
    const own = networkOn(golden('e-lb'), 'ge0').interface.addresses[0]
    lab.in('lb', 'ip', 'address', 'add', own, 'dev', 'eth0', 'nodad')
    lab.cable('lb', 'eth1', 'brt')
    for (const [space, n] of [
      ['cli', 9],
      ['m1', 194],
      ['m2', 195],
    ] as const) {
      lab.cable(space, 'eth0', 'brt')
      lab.in(space, 'ip', 'link', 'set', 'eth0', 'up')
      lab.in(space, 'ip', 'address', 'add', `192.168.0.${n}/24`, 'dev', 'eth0')
      lab.in(space, 'ip', 'address', 'add', `2001:db8:a::${n}/64`, 'dev', 'eth0', 'nodad')
    }
    await lab.program('m1', NAMED_HTTP, '::', '8080', 'one')
    await lab.program('m2', NAMED_HTTP, '::', '8080', 'two')
    await lab.program('m2', NAMED_STREAM, '0.0.0.0', '3306', 'stream of two')
    appliance = new Router(lab, 'lb', own.split('/')[0], 'mgt')
    await appliance.start()
  })

  afterAll(async () => {
    await appliance?.stop()
    await lab?.close()
  })

  it('spreads requests over its members by their weights', async () => {
    expect(await appliance.push(body())).toContain('start nginx')
    expect(await appliance.push(body())).toEqual([])
    // One worker or two: each goes round by itself.
    const tally = await answers(40)
    expect((tally.one ?? 0) + (tally.two ?? 0)).toBe(40)
    expect(tally.two).toBeGreaterThan(22)
    expect(tally.one).toBeGreaterThan(3)
  })

  it('tells the member who asked, and for whom', async () => {
    await lab.program('m1', ECHO_SERVER, '0.0.0.0', '8081')
    await appliance.push(
      body(([http]) => {
        http.default_pool.members = [{ ...http.default_pool.members[0], protocol_port: 8081 }]
      }),
    )
    const ask = (): Promise<string | null> => get(lab, 'cli', `http://${VIP}/x?y=1`, ['Host: www.example.org'])
    // A reload is told and then takes some moments: old workers accept until the new ones do.
    await until('the new member is asked', async () => (await ask())?.startsWith('{') ?? false)
    const seen = JSON.parse((await ask()) ?? '{}')
    expect(seen).toMatchObject({
      peer: VIP,
      url: '/x?y=1',
      headers: { host: 'www.example.org', 'x-forwarded-for': '192.168.0.9' },
    })
  })

  it('a change of members cuts no established stream', async () => {
    await appliance.push(body())
    const reader = lab.background('cli', process.execPath, '--input-type=module', '-e', READER, VIP, '3306')
    let said = ''
    reader.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    await until('the stream flows', () => said.includes('stream of two\n.'))
    for (let i = 0; i < 5; i += 1) {
      const members = i % 2
      expect(
        await appliance.push(body(([http]) => http.default_pool.members.splice(members, 1))),
        appliance.log.slice(-2000),
      ).toEqual(['reload nginx'])
      const other = members === 0 ? 'two' : 'one'
      await until('only one member is asked', async () => (await answers(3))[other] === 3)
    }
    const before = said.length
    await until('the stream still flows', () => said.length > before + 20)
    expect(said).not.toContain('closed')
    reader.kill('SIGKILL')
  })

  it('a member that is down is passed over', async () => {
    await appliance.push(
      body(([http]) => {
        http.default_pool.members[0].protocol_port = 9
        http.default_pool.healthmonitor = { type: 'TCP', delay: 5, timeout: 2, max_retries: 1 }
      }),
    )
    await until('the new members are asked', async () => (await answers(6)).two === 6)
  })

  it('appliance defect 7: nothing but the listeners answers on its network, and it forwards nothing', async () => {
    await appliance.push(body())
    const own = appliance.address
    lab.in('cli', 'ip', '-6', 'route', 'replace', `${MANAGEMENT}::/64`, 'via', VIP6, 'onlink', 'dev', 'eth0')
    expect(await get(lab, 'cli', `http://${VIP}/`)).not.toBeNull()
    for (const url of [
      `http://${VIP}:5000/v1/base`,
      `http://${VIP}:8080/`,
      `http://[${own}]:5000/v1/base`,
      `http://[${MANAGEMENT}::1]:9697/`,
    ]) {
      expect(await get(lab, 'cli', url, [], 1), url).toBeNull()
    }
    expect(await reaches(lab, 'cli', `${MANAGEMENT}::1`)).toBe(false)
  })

  it('an IPv6 address serves at once, before duplicate address detection is done', async () => {
    const config = body((listeners) => {
      listeners.length = 1
      for (const member of listeners[0].default_pool.members) {
        member.address = member.address.replace('192.168.0.', '2001:db8:a::')
      }
    })
    networkOn(config, 'ge1').interface.addresses = [`${VIP6}/64`]
    config.services.loadbalancer.vip_address = VIP6
    await appliance.push(config)
    await until('it answers', async () => (await get(lab, 'cli', `http://[${VIP6}]/`)) !== null, 5_000)
    expect(await get(lab, 'cli', `http://${VIP}/`, [], 1)).toBeNull()
  })

  it('a port that somebody has takes everything back', async () => {
    const none = golden('e3-lb-nolisteners')
    await appliance.push(none)
    expect(lab.processes('lb')).not.toContain('nginx')
    const thief = await lab.program(
      'lb',
      "import { createServer } from 'node:net'; createServer().listen(80, '0.0.0.0', () => console.log('ready'))",
    )
    const answer = await appliance.request('PUT', '/v1/system/config', body())
    expect(answer.status, answer.text).toBe(500)
    expect(answer.body).toMatchObject({ step: 'nginx', rolled_back: true })
    expect(await appliance.push(none)).toEqual([])
    const ended = new Promise((resolve) => thief.once('exit', resolve))
    thief.kill('SIGKILL')
    await ended
    expect(await appliance.push(body())).toContain('start nginx')
  })

  it('a new listener on a port that somebody has takes everything back, what serves goes on serving', async () => {
    await appliance.push(body())
    const thief = await lab.program(
      'lb',
      "import { createServer } from 'node:net'; createServer().listen(8099, '0.0.0.0', () => console.log('ready'))",
    )
    const more = body((listeners) => {
      const another = structuredClone(listeners[0])
      another.id = 'another'
      another.protocol_port = 8099
      listeners.push(another)
    })
    const answer = await appliance.request('PUT', '/v1/system/config', more)
    expect(answer.status, answer.text).toBe(500)
    expect(answer.body).toMatchObject({ step: 'nginx', rolled_back: true })
    expect(answer.text).toContain('8099')
    expect(await get(lab, 'cli', `http://${VIP}/`)).not.toBeNull()
    expect(await appliance.push(body())).toEqual([])
    const ended = new Promise((resolve) => thief.once('exit', resolve))
    thief.kill('SIGKILL')
    await ended
    expect(await appliance.push(more)).toContain('reload nginx')
    expect(await get(lab, 'cli', `http://${VIP}:8099/`)).not.toBeNull()
    await appliance.push(body())
  })

  it.each([
    ['e-lb', '/usr/sbin/nginx', 'nginx-light'],
    ['e2-lb-https-tcp', '/usr/lib/nginx/modules', 'libnginx-mod-stream'],
  ])('%s without %s is refused with the package to install', async (name, hidden, wanted) => {
    // Hidden in a mount namespace of its own, which `ip netns exec` makes.
    const cover = hidden === '/usr/sbin/nginx' ? `mount --bind /dev/null ${hidden}` : `mount -t tmpfs none ${hidden}`
    const source = (path: string): string => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href)
    const program = lab.write(
      'check.mjs',
      `import { checkWithTool } from ${source('src/appliance/system/daemons.ts')}
       import { renderNginx } from ${source('src/appliance/render/nginx.ts')}
       import { golden, modelOf, settings } from ${source('test/appliance/support/agent.ts')}
       const { test } = renderNginx(modelOf(golden('${name}')), settings.paths.nginx)
       console.log(await checkWithTool('nginx', test, { runDir: '${lab.dir}', conntrackdConf: '' }))`,
    )
    const check = `exec ${process.execPath} ${program}`
    const { stdout, stderr } = await lab.run('cli', 'sh', '-c', `${cover} && ${check}`)
    expect(stdout, stderr).toContain(`(package ${wanted})`)
  })

  it('stops with the agent', async () => {
    await until('nginx runs', () => lab.processes('lb').includes('nginx'))
    await appliance.stop()
    await until('nginx is gone', () => !lab.processes('lb').includes('nginx'))
  })
})
