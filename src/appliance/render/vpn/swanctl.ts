import { createHmac } from 'node:crypto'
import type { Model, Tunnel } from '../../model/index.ts'

/**
 * Where ESP is made: by the kernel, or – for machines whose kernel has none – by charon itself, in UDP, through a TUN device.
 */
export type IpsecMode = 'kernel' | 'userspace'

/** Device of charon's plugin kernel-libipsec: what is to be encrypted goes in, what was decrypted comes out. */
export const TUN_DEVICE = 'ipsec0'

type Line = string | readonly [head: string, lines: readonly Line[]]

function layout(lines: readonly Line[], indent = ''): string {
  return lines
    .map((line) =>
      typeof line === 'string'
        ? `${indent}${line}\n`
        : `${indent}${line[0]} {\n${layout(line[1], `${indent}  `)}${indent}}\n`,
    )
    .join('')
}

const cidrs = (list: readonly { readonly text: string }[]): string => list.map(({ text }) => text).join(',')

/** A tenth before the end the keys are made anew, so that traffic never waits for them. */
function lifeLines({ unit, value }: Tunnel['life']): string[] {
  const early = Math.floor(value * 0.9)
  return unit === 'seconds'
    ? [`rekey_time = ${early}s`, `life_time = ${value}s`]
    : [`rekey_bytes = ${early * 1024}`, `life_bytes = ${value * 1024}`]
}

/**
 * What begins a tunnel, and what happens when it is lost. A kernel keeps a policy that begins it anew with the next packet; the TUN
 * device cannot, so there it is begun at once, and again.
 */
function actions({ initiates, dpd }: Tunnel, mode: IpsecMode): string[] {
  const lost = dpd && (dpd.action === 'trap' && mode === 'userspace' ? 'restart' : dpd.action)
  return [
    `start_action = ${initiates ? (mode === 'kernel' ? 'trap' : 'start') : 'none'}`,
    ...(initiates && mode === 'userspace' ? ['close_action = start'] : []),
    ...(lost === null ? [] : [`dpd_action = ${lost}`]),
  ]
}

/**
 * Name of a connection, another one as soon as anything of it changes, its key included: charon takes a changed connection as a new
 * one, and whatever was negotiated under a name that is not configured any more is ended.
 */
export function connectionName(tunnel: Tunnel, salt: string): string {
  return `${tunnel.id}-${createHmac('sha256', salt).update(JSON.stringify(tunnel, withoutNumbers)).digest('hex').slice(0, 8)}`
}

/** An address is its text; its number is a bigint, which JSON has not. */
const withoutNumbers = (key: string, value: unknown): unknown =>
  key === 'value' && typeof value === 'bigint' ? undefined : value

function connection(tunnel: Tunnel, mode: IpsecMode, salt: string, dry: boolean): Line {
  const { dpd } = tunnel
  const children = tunnel.selectors.map(
    ({ local, remote }, index): Line => [
      `net${index}`,
      [
        `local_ts = ${cidrs(local)}`,
        `remote_ts = ${cidrs(remote)}`,
        `${tunnel.protocol}_proposals = ${tunnel.child}`,
        ...lifeLines(tunnel.life),
        `mode = ${tunnel.mode}`,
        ...(dry ? ['start_action = none'] : actions(tunnel, mode)),
      ],
    ],
  )
  return [
    connectionName(tunnel, salt),
    [
      `version = ${tunnel.version}`,
      `local_addrs = ${tunnel.local.text}`,
      `remote_addrs = ${tunnel.remote.text}`,
      `proposals = ${tunnel.ike}`,
      ...(tunnel.ikeSeconds === null ? [] : [`rekey_time = ${tunnel.ikeSeconds}s`]),
      'reauth_time = 0',
      'mobike = no',
      'keyingtries = 0',
      // An end that lost its memory comes back as the same.
      'unique = replace',
      ...(mode === 'userspace' ? ['encap = yes'] : []),
      ...(dpd === null
        ? ['dpd_delay = 0s']
        : [`dpd_delay = ${dpd.interval}s`, ...(tunnel.version === 1 ? [`dpd_timeout = ${dpd.timeout}s`] : [])]),
      ['local', ['auth = psk', `id = ${tunnel.local.text}`]],
      ['remote', ['auth = psk', `id = "${tunnel.remoteId}"`]],
      ['children', children],
    ],
  ]
}

/** As hexadecimal digits a key is taken byte for byte, whatever tenants write into it. */
const secret = ({ id, local, remoteId, psk }: Tunnel): Line => [
  `ike-${id}`,
  [`id-1 = ${local.text}`, `id-2 = "${remoteId}"`, `secret = 0x${Buffer.from(psk, 'utf8').toString('hex')}`],
]

/**
 * The tunnels in the language of swanctl; null without any. It holds the keys: the file is root's alone. `test` is for a charon
 * that is only asked whether it would take it: it begins nothing.
 */
export function renderSwanctl(
  model: Model,
  mode: IpsecMode,
  salt: string,
): { readonly main: string; readonly test: string } | null {
  const { tunnels } = model
  if (tunnels.length === 0) return null
  const text = (dry: boolean): string =>
    layout([
      ['connections', tunnels.map((tunnel) => connection(tunnel, mode, salt, dry))],
      ['secrets', tunnels.map(secret)],
    ])
  return { main: text(false), test: text(true) }
}
