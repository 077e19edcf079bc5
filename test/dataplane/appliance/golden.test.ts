import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { golden } from './support/configs.ts'
import type { Lab } from './support/lab.ts'
import { type LoneRouter, startLoneRouter } from './support/lone-router.ts'
import type { Router } from './support/router.ts'
import { announceSkip, prepareTools } from './support/tools.ts'

const reason = prepareTools()
if (reason !== null) announceSkip(reason)

const FOLDER = new URL('../../fixtures/golden/', import.meta.url)
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.config.json'))
  .map((file) => file.slice(0, -'.config.json'.length))

/** Why a golden case is refused; every other is applied. */
const REFUSED: Readonly<Record<string, number>> = {
  // An ellipsis of the documentation in place of an address.
  'b0-seed-literal': 422,
  // An advanced service that this appliance does not have.
  'n-svc-not-enabled': 400,
  // Wrong on purpose.
  'n-anchor-badaction': 422,
  'n-anchor-badiface': 422,
  'n-bad-desc': 422,
  'n-bad-nettype': 422,
  'n-bad-v4conf': 422,
  'n-lb-noid': 422,
  'n-missing-alloc-key': 422,
  'n-missing-iface': 422,
  'n-missing-netid': 422,
  'n-no-tenant': 422,
}

/** Every golden configuration through today's real tools: iptables, dnsmasq, bird, keepalived, conntrackd, nft, ip. */
describe.skipIf(reason !== null)('golden configurations on a real machine', () => {
  let alone: LoneRouter | undefined
  let lab: Lab
  let router: Router

  beforeAll(async () => {
    alone = await startLoneRouter()
    router = alone.router
    lab = alone.lab
  })

  afterAll(() => alone?.close())

  it.each(NAMES)('%s', async (name) => {
    const answer = await router.request('PUT', '/v1/system/config', golden(name))
    expect(answer.status, answer.text).toBe(REFUSED[name] ?? 200)
    if (answer.status !== 200) return
    // In a pair the role may change under our eyes; what is stable is not touched again.
    if (!name.startsWith('d-')) expect(await router.push(golden(name))).toEqual([])
  })

  it('pitfall D62: a daemon that does not start takes everything back, and the next push succeeds', async () => {
    const alone = golden('p-dataplane')
    alone.networks = alone.networks.slice(0, 2)
    alone.floating_ips = []
    await router.push(alone)
    const state = (): string =>
      ['iptables-save', 'ip6tables-save']
        .map((tool) => lab.in('rtr', tool).replaceAll(/\[\d+:\d+\]|^#.*$/gm, ''))
        .join('') +
      lab.in('rtr', 'ip', '-br', 'address').replaceAll(/fe80\S+/g, '') +
      lab.in('rtr', 'ip', 'route')
    const before = state()
    // dnsmasq cannot have its port.
    const thief = await lab.program(
      'rtr',
      "import { createSocket } from 'node:dgram'; createSocket('udp4').bind(67, '0.0.0.0', () => console.log('ready'))",
    )
    const answer = await router.request('PUT', '/v1/system/config', golden('c-dual'))
    expect(answer.status).toBe(500)
    expect(answer.body).toMatchObject({ step: 'dnsmasq', rolled_back: true })
    expect(answer.text).toContain('in use')
    expect(state()).toBe(before)
    expect(await router.push(alone)).toEqual([])
    const ended = new Promise((resolve) => thief.once('exit', resolve))
    thief.kill('SIGKILL')
    await ended
    expect(await router.push(golden('c-dual'))).toContain('start dnsmasq')
  })
})
