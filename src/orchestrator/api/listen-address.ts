import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { AstaraError, messageOf } from '../../shared/index.ts'

/** Where the API listens: an address, not a name, so that what was checked is what is bound. */
export interface ListenAddress {
  readonly address: string
  readonly family: 4 | 6
}

const ALTERNATIVES = [
  'Set [DEFAULT] api_listen to 127.0.0.1 or ::1.',
  'To reach it from another machine, use a tunnel: ssh -L 44250:127.0.0.1:44250 <this host>',
]

/** True for 127.0.0.0/8, ::1 and the IPv4-mapped form of the former. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback'
}

/** `host:port` as it stands in a URL: IPv6 in brackets. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

async function addressesOf(host: string): Promise<readonly string[]> {
  const literal = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
  if (ipaddr.IPv6.isValid(literal) || ipaddr.IPv4.isValidFourPartDecimal(literal)) return [literal]
  try {
    return (await lookup(literal, { all: true })).map((found) => found.address)
  } catch (cause) {
    throw new AstaraError('bad_config', `the API cannot listen on "${host}": it is no address and has none`, {
      cause,
      suggestions: ALTERNATIVES,
      details: { option: 'api_listen', reason: messageOf(cause) },
    })
  }
}

/**
 * Checks and resolves the configured address.
 *
 * @throws AstaraError `bad_config`: not an address; or an address that others can reach, which is refused because the API has no
 * authentication: whoever reaches it can rebuild every router.
 */
export async function resolveListenAddress(host: string, port: number): Promise<ListenAddress> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new AstaraError('bad_config', `${port} is no TCP port`, {
      suggestions: ['Set [DEFAULT] api_port to a number from 1 to 65535.'],
      details: { option: 'api_port' },
    })
  }
  const addresses = host.trim() === '' ? [] : await addressesOf(host.trim())
  const open = addresses.find((address) => !isLoopback(address))
  const first = addresses[0]
  if (first === undefined || open !== undefined) {
    throw new AstaraError(
      'bad_config',
      `the API refuses to listen on ${open === undefined ? 'every address' : hostPort(open, port)}: no authentication is ` +
        'configured, so only loopback addresses are safe',
      { suggestions: ALTERNATIVES, details: { option: 'api_listen', value: host } },
    )
  }
  return { address: first, family: first.includes(':') ? 6 : 4 }
}

/** Turns what listen() failed with into something a person can act on. */
export function listenError(cause: unknown, { address }: ListenAddress, port: number): AstaraError {
  const where = hostPort(address, port)
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const details = { address, port }
  switch (code) {
    case 'EADDRINUSE':
      return new AstaraError('address_in_use', `the API cannot listen on ${where}: another program does already`, {
        cause,
        details,
        suggestions: [
          `See which one: ss -ltnp 'sport = :${port}'`,
          'Stop it (perhaps an orchestrator that still runs), or set [DEFAULT] api_port to a free port.',
        ],
      })
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return new AstaraError('bad_config', `the API cannot listen on ${where}: this machine has no such address`, {
        cause,
        details,
        suggestions: ['See which it has: ip address', ...ALTERNATIVES],
      })
    case 'EACCES':
      return new AstaraError('not_allowed', `the API cannot listen on ${where}: not permitted`, {
        cause,
        details,
        suggestions: ['Ports below 1024 need a privilege; set [DEFAULT] api_port to a higher one.'],
      })
    default:
      return new AstaraError('failed', `the API cannot listen on ${where}: ${messageOf(cause)}`, { cause, details })
  }
}
