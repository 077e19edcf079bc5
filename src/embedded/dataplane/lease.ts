import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** What a DHCP server gave, in the words of busybox's udhcpc: `ip`, `mask` (prefix length), `router`, `dns`, `mtu`, `staticroutes`, … */
export type Lease = Readonly<Record<string, string>>

const KEYS = ['ip', 'mask', 'router', 'dns', 'domain', 'hostname', 'mtu', 'serverid', 'lease', 'staticroutes']

/**
 * Writes the script that udhcpc runs when it has got, renewed or lost a lease: it sets address, routes, MTU and name servers, and notes the
 * lease in a file. As RFC 3442 has it, the router option does not count where classless routes are given.
 */
export function writeLeaseScript(script: string, files: { readonly lease: string; readonly resolvConf: string }): void {
  writeFileSync(
    script,
    `#!/bin/sh
case "$1" in
  deconfig) ip -4 addr flush dev "$interface"; ip link set dev "$interface" up; rm -f '${files.lease}'; exit 0 ;;
  bound|renew) ;;
  *) exit 0 ;;
esac
ip -4 addr replace "$ip/$mask" brd + dev "$interface"
[ -n "$mtu" ] && ip link set dev "$interface" mtu "$mtu"
if [ -n "$staticroutes" ]; then
  set -- $staticroutes
  while [ $# -ge 2 ]; do
    if [ "$2" = 0.0.0.0 ]; then ip -4 route replace "$1" dev "$interface"
    else ip -4 route replace "$1" via "$2" dev "$interface"; fi
    shift 2
  done
elif [ -n "$router" ]; then
  for gateway in $router; do ip -4 route replace default via "$gateway" dev "$interface"; break; done
fi
: > '${files.resolvConf}'
for server in $dns; do echo "nameserver $server" >> '${files.resolvConf}'; done
env | grep -E '^(${KEYS.join('|')})=' > '${files.lease}.new'
mv '${files.lease}.new' '${files.lease}'
`,
    { mode: 0o755 },
  )
}

/** The lease that is held now; null: none. */
export function readLease(file: string): Lease | null {
  if (!existsSync(file)) return null
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}
