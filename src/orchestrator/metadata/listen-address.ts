import { networkInterfaces } from 'node:os'
import { plainAddress } from './address.ts'

/** Addresses of this machine. */
function ownAddresses(): ReadonlySet<string> {
  const found = new Set<string>()
  for (const interfaces of Object.values(networkInterfaces())) {
    for (const { address } of interfaces ?? []) {
      const plain = plainAddress(address)
      if (plain !== null) found.add(plain)
    }
  }
  return found
}

/**
 * Where appliances reach the metadata proxy: where the options say; else the address that they are told, when it is this machine's; else
 * the API's. All of 127.0.0.0/8 is this machine's on Linux.
 */
export function metadataAddress(
  options: { readonly listen: string | null; readonly pushed: string; readonly apiListen: string },
  own: ReadonlySet<string> = ownAddresses(),
): string {
  if (options.listen !== null) return options.listen
  const pushed = plainAddress(options.pushed)
  if (pushed !== null && (own.has(pushed) || pushed.startsWith('127.'))) return pushed
  return options.apiListen
}
