import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readLease, writeLeaseScript } from '../../../src/embedded/dataplane/lease.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'astara-lease-'))
  writeFileSync(join(dir, 'ip'), `#!/bin/sh\necho "$@" >> '${join(dir, 'called')}'\n`)
  chmodSync(join(dir, 'ip'), 0o755)
  writeLeaseScript(join(dir, 'script'), { lease: join(dir, 'lease'), resolvConf: join(dir, 'resolv.conf') })
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** Runs the script as udhcpc does; returns what it made `ip` do. */
function udhcpc(what: string, variables: Readonly<Record<string, string>>): string[] {
  rmSync(join(dir, 'called'), { force: true })
  const env = { PATH: `${dir}:/usr/bin:/bin`, interface: 'eth0', ...variables }
  const { status, stderr } = spawnSync('sh', [join(dir, 'script'), what], { env, encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const called = spawnSync('cat', [join(dir, 'called')], { encoding: 'utf8' }).stdout
  return called.split('\n').filter(Boolean)
}

describe('the DHCP script of a test host', () => {
  it('sets address, MTU, default route and name servers, and notes the lease', () => {
    const called = udhcpc('bound', {
      ip: '10.0.0.5',
      mask: '24',
      router: '10.0.0.1',
      dns: '9.9.9.9 8.8.8.8',
      mtu: '1400',
    })
    expect(called).toEqual([
      '-4 addr replace 10.0.0.5/24 brd + dev eth0',
      'link set dev eth0 mtu 1400',
      '-4 route replace default via 10.0.0.1 dev eth0',
    ])
    expect(readFileSync(join(dir, 'resolv.conf'), 'utf8')).toBe('nameserver 9.9.9.9\nnameserver 8.8.8.8\n')
    expect(readLease(join(dir, 'lease'))).toMatchObject({ ip: '10.0.0.5', dns: '9.9.9.9 8.8.8.8', mtu: '1400' })
  })

  it('RFC 3442: classless routes stand in for the router option', () => {
    const staticroutes = '10.9.0.0/16 10.0.0.9 0.0.0.0/0 10.0.0.1 192.0.2.1/32 0.0.0.0'
    expect(udhcpc('renew', { ip: '10.0.0.5', mask: '24', router: '10.0.0.254', staticroutes })).toEqual([
      '-4 addr replace 10.0.0.5/24 brd + dev eth0',
      '-4 route replace 10.9.0.0/16 via 10.0.0.9 dev eth0',
      '-4 route replace 0.0.0.0/0 via 10.0.0.1 dev eth0',
      '-4 route replace 192.0.2.1/32 dev eth0',
    ])
  })

  it('forgets everything when the lease is lost', () => {
    udhcpc('bound', { ip: '10.0.0.5', mask: '24' })
    expect(udhcpc('deconfig', {})).toContain('-4 addr flush dev eth0')
    expect(readLease(join(dir, 'lease'))).toBeNull()
  })
})
