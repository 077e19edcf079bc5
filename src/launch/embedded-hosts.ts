import { spawn } from 'node:child_process'
import type { ColumnSet } from '../cli/columns.ts'
import type { Io } from '../cli/io.ts'
import { toJson } from '../cli/json.ts'
import { type OutputOptions, printList } from '../cli/output.ts'
import { type HostControl, type HostListing, type HostView, hostControl } from '../embedded/index.ts'
import { AstaraError, systemClock } from '../shared/index.ts'

/** Which embedded cloud is meant; undefined: the only one that runs on this machine. */
interface Place {
  readonly url: string | undefined
  readonly signal: AbortSignal
}

const POLL_MS = 200

const columns: ColumnSet<HostView> = {
  noun: 'hosts',
  name: (host) => host.name,
  columns: [
    { id: 'name', kind: 'text', value: (host) => host.name },
    { id: 'network', kind: 'text', value: (host) => host.network || host.network_id },
    { id: 'lease', kind: 'text', value: (host) => host.lease?.ip ?? (host.dhcp ? null : 'none needed') },
    { id: 'addresses', kind: 'text', value: (host) => host.addresses.join(',') },
    { id: 'mac_address', header: 'MAC', kind: 'text', value: (host) => host.mac_address },
    { id: 'namespace', kind: 'text', value: (host) => host.namespace },
    { id: 'port_id', kind: 'id', value: (host) => host.port_id, wide: true },
    { id: 'instance_id', kind: 'id', value: (host) => host.instance_id, wide: true },
  ],
}

/** Prints the hosts there are. */
export async function listHosts(io: Io, options: Place & { readonly output: OutputOptions }): Promise<HostListing> {
  const listing = await hostControl(options.url, options.signal).list()
  await printList(io, columns, listing.hosts, options.output, (rows) => ({ ...listing, hosts: rows }))
  return listing
}

/**
 * Makes a host and waits for its lease. Throws AstaraError `timeout` when none came in time: the host stays, and goes on asking.
 */
export async function addHost(
  io: Io,
  options: Place & {
    readonly network: string
    readonly name: string | undefined
    /** Milliseconds to wait for a lease; 0: not at all. */
    readonly waitMs: number
    readonly json: boolean
  },
): Promise<{ readonly host: HostView }> {
  const control = hostControl(options.url, options.signal)
  const made = await control.add(options.network, options.name)
  const host =
    made.dhcp && options.waitMs > 0
      ? await io.busy(`Waiting for the lease of ${made.name}`, leased(control, made, options))
      : made
  io.print(options.json ? toJson({ host }) : `${summary(host)}\n`)
  return { host }
}

const summary = (host: HostView): string =>
  `Host ${host.name} is on ${host.network || host.network_id} with ${host.lease?.ip ?? (host.addresses.join(', ') || 'no address')}. ` +
  `Enter it: astara embedded host exec ${host.name} -- ip address`

async function leased(
  control: HostControl,
  { name }: HostView,
  options: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<HostView> {
  const deadline = systemClock.monotonic() + options.waitMs
  for (;;) {
    const host = (await control.list()).hosts.find((one) => one.name === name)
    if (!host) throw new AstaraError('not_found', `host ${name} was removed meanwhile`)
    if (host.lease !== null) return host
    if (systemClock.monotonic() > deadline) {
      throw new AstaraError('timeout', `host ${name} is there, but nobody has answered its DHCP requests yet`, {
        suggestions: ['Is there a router on its network, and is it configured? astara ctl router list'],
      })
    }
    await systemClock.sleep(POLL_MS, options.signal)
  }
}

/** Removes a host and its port. */
export async function removeHost(
  io: Io,
  options: Place & { readonly name: string; readonly json: boolean },
): Promise<{ readonly removed: string }> {
  await hostControl(options.url, options.signal).remove(options.name)
  const result = { removed: options.name }
  io.print(options.json ? toJson(result) : `Host ${options.name} removed.\n`)
  return result
}

/** Namespace of a host, of the outside (`internet`) or of an instance (id or name). Throws AstaraError `not_found`. */
function namespaceOf(listing: HostListing, name: string): string {
  const host = listing.hosts.find((one) => one.name === name)
  if (host) return host.namespace
  if (name === 'internet') return listing.internet.namespace
  const instance = listing.instances.find((one) => one.id === name || one.name === name)
  if (instance) return instance.namespace
  const names = ['internet', ...listing.hosts.map((one) => one.name)]
  throw new AstaraError('not_found', `there is no host ${name}`, { suggestions: [`There are: ${names.join(', ')}`] })
}

/**
 * Runs a command inside a host, on this terminal; resolves with its exit status. Throws AstaraError `not_allowed` without root, `usage`
 * without a command.
 */
export async function execInHost(
  options: Place & { readonly name: string; readonly command: readonly string[] },
): Promise<number> {
  const { name, command } = options
  if (command.length === 0) throw new AstaraError('usage', 'say what to run, after --')
  const space = namespaceOf(await hostControl(options.url, options.signal).list(), name)
  if (process.getuid?.() !== 0) {
    throw new AstaraError('not_allowed', 'only root may enter a network namespace', {
      suggestions: [`sudo astara embedded host exec ${name} -- ${command.join(' ')}`],
    })
  }
  return new Promise((resolve, reject) => {
    const child = spawn('ip', ['netns', 'exec', space, ...command], { stdio: 'inherit' })
    // Ctrl-C is for what runs in there; it reaches it through the terminal.
    const ignore = (): void => {}
    process.on('SIGINT', ignore)
    const relay = (): void => void child.kill('SIGTERM')
    process.on('SIGTERM', relay)
    const done = (): void => {
      process.off('SIGINT', ignore)
      process.off('SIGTERM', relay)
    }
    child.once('error', (cause) => {
      done()
      reject(new AstaraError('failed', `ip cannot be run: ${cause.message}`, { cause }))
    })
    child.once('exit', (code, signal) => {
      done()
      resolve(code ?? (signal === 'SIGINT' ? 130 : 128))
    })
  })
}
