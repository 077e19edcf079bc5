import { type PingResult, ping as pingBy } from '../../support/ping.ts'
import type { Lab } from './lab.ts'

/** Pings from a space, `count` times every `interval` seconds. */
export const ping = (lab: Lab, space: string, target: string, count?: number, interval?: number): Promise<PingResult> =>
  pingBy((...command) => lab.run(space, ...command), target, count, interval)

export const reaches = async (lab: Lab, space: string, target: string): Promise<boolean> =>
  (await ping(lab, space, target)).received > 0

/** GET; null when there is no answer within the seconds. */
export async function get(
  lab: Lab,
  space: string,
  url: string,
  headers: readonly string[] = [],
  seconds = 3,
): Promise<string | null> {
  const { code, stdout } = await lab.run(
    space,
    'curl',
    '-gsSf',
    '-m',
    String(seconds),
    ...headers.flatMap((header) => ['-H', header]),
    url,
  )
  return code === 0 ? stdout : null
}

/** Says who asked: its peer's address, then its headers. Arguments: address, port. */
export const ECHO_SERVER = `
import { createServer } from 'node:http'
const [address, port] = process.argv.slice(1)
createServer((request, response) => {
  response.end(JSON.stringify({ peer: request.socket.remoteAddress.replace('::ffff:', ''), url: request.url, method: request.method, headers: request.headers }))
}).listen(Number(port), address, () => console.log('ready'))
`

/** Sends numbered lines to whoever connects, one each 10 ms, for ever. Arguments: address, port. */
export const STREAM_SERVER = `
import { createServer } from 'node:net'
const [address, port] = process.argv.slice(1)
createServer((socket) => {
  let n = 0
  const timer = setInterval(() => socket.write(n++ + '\\n'), 10)
  socket.on('close', () => clearInterval(timer)).on('error', () => clearInterval(timer))
}).listen(Number(port), address, () => console.log('ready'))
`

/** Reads such a stream for some milliseconds, and prints how many lines came, whether in order, and the longest silence. */
export const STREAM_CLIENT = `
import { connect } from 'node:net'
const [address, port, ms] = process.argv.slice(1)
const socket = connect(Number(port), address)
let rest = '', next = 0, orderly = true, gap = 0, last = performance.now(), closed = false
socket.on('data', (chunk) => {
  const now = performance.now(); gap = Math.max(gap, now - last); last = now
  const lines = (rest + chunk).split('\\n'); rest = lines.pop()
  for (const line of lines) { if (Number(line) !== next) orderly = false; next++ }
})
socket.on('close', () => { closed = true }).on('error', () => { closed = true })
setTimeout(() => { console.log(JSON.stringify({ lines: next, orderly, gap: Math.round(gap), closed })); process.exit(0) }, Number(ms))
`

/** What the stream's reader saw. */
export interface StreamResult {
  readonly lines: number
  readonly orderly: boolean
  /** Longest silence, in milliseconds. */
  readonly gap: number
  readonly closed: boolean
}

/** Reads the stream of `address:port` for `ms`. */
export async function readStream(
  lab: Lab,
  space: string,
  address: string,
  port: number,
  ms: number,
): Promise<StreamResult> {
  const { stdout } = await lab.run(
    space,
    process.execPath,
    '--input-type=module',
    '-e',
    STREAM_CLIENT,
    address,
    String(port),
    String(ms),
  )
  return JSON.parse(stdout)
}

/** One lease by busybox's udhcpc; its variables, or null when nobody answered. The address and routes are set on the interface. */
export async function dhcp(lab: Lab, space: string, device = 'eth0'): Promise<Record<string, string> | null> {
  const lease = lab.path(`${space}.lease`)
  const script = lab.write(
    `${space}.udhcpc`,
    `#!/bin/sh
[ "$1" = bound ] || exit 0
env | grep -E '^(ip|mask|router|dns|staticroutes|lease|serverid|hostname|mtu)=' > ${lease}
ip addr flush dev $interface scope global; ip addr add $ip/$mask dev $interface
[ -n "$mtu" ] && ip link set $interface mtu $mtu
if [ -n "$staticroutes" ]; then set -- $staticroutes; while [ -n "$1" ]; do ip route replace $1 via $2; shift 2; done
elif [ -n "$router" ]; then ip route replace default via $router; fi
exit 0
`,
  )
  const { code } = await lab.run(
    space,
    'busybox',
    ...[
      'udhcpc',
      '-i',
      device,
      '-n',
      '-q',
      '-f',
      '-t',
      '4',
      '-T',
      '1',
      '-O',
      'staticroutes',
      '-O',
      'mtu',
      '-s',
      script,
    ],
  )
  if (code !== 0) return null
  return Object.fromEntries(
    lab
      .read(`${space}.lease`)
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  )
}
