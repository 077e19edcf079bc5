import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Lease, readLease, writeLeaseScript } from '../../../../src/embedded/dataplane/lease.ts'

/** busybox's DHCP client on eth0 of a namespace: asks again each second until it is answered. */
export class DhcpClient {
  readonly #space: string
  readonly #dir: string

  constructor(space: string, dir: string) {
    this.#space = space
    this.#dir = dir
    mkdirSync(dir, { recursive: true })
    // Name servers of its own, before anything runs in it.
    mkdirSync(`/etc/netns/${space}`, { recursive: true })
    writeFileSync(`/etc/netns/${space}/resolv.conf`, '')
  }

  start(): void {
    const script = join(this.#dir, 'dhcp')
    writeLeaseScript(script, { lease: this.#leaseFile, resolvConf: `/etc/netns/${this.#space}/resolv.conf` })
    const asked = ['mtu', 'staticroutes', 'hostname', 'dns', 'router'].flatMap((option) => ['-O', option])
    spawn(
      'ip',
      [
        ...['netns', 'exec', this.#space, 'busybox', 'udhcpc', '-i', 'eth0', '-f'],
        ...['-t', '3', '-T', '1', '-A', '1', '-s', script, ...asked],
      ],
      { stdio: 'ignore' },
    ).on('error', () => {})
  }

  get #leaseFile(): string {
    return join(this.#dir, 'lease')
  }

  lease(): Lease | null {
    return readLease(this.#leaseFile)
  }

  /** Forgets its files; the client itself ends with its namespace. */
  close(): void {
    rmSync(this.#dir, { recursive: true, force: true })
    rmSync(`/etc/netns/${this.#space}`, { recursive: true, force: true })
  }
}
