import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type IpsecMode, renderCharonCheck } from '../render/vpn/index.ts'
import { CHILD_ENVIRONMENT, commandLine, findTool, must, run } from './commands.ts'
import type { TunnelLoad } from './services.ts'

/** Where Debian's package libcharon-extra-plugins puts ESP without a kernel's help. */
const USERSPACE_PLUGIN = '/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so'

/** Elliptic curves, GCM and the older ciphers. Without it charon takes connections that ask for them, and their tunnels never come up. */
const CIPHERS_PLUGIN = '/usr/lib/ipsec/plugins/libstrongswan-openssl.so'

const READY_MS = 5_000
const POLL_MS = 10

/** How charon and swanctl find their settings: their own file, and no folder with certificates. */
export const charonEnvironment = (settings: string): Record<string, string> => ({
  STRONGSWAN_CONF: settings,
  SWANCTL_DIR: '/nonexistent',
})

const swanctl = (arguments_: readonly string[], { socket, settings }: Pick<TunnelLoad, 'socket' | 'settings'>) =>
  run('swanctl', [...arguments_, '--uri', `unix://${socket}`], { environment: charonEnvironment(settings) })

/** Without the complaints about folders and plugins that are not there on purpose. */
const reasons = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(opening directory|plugin ')/.test(line))
    .slice(0, 5)
    .join(' | ')
    .slice(0, 1000)

async function load(tunnels: Omit<TunnelLoad, 'names'>): Promise<string | null> {
  const result = await swanctl(['--load-all', '--clear', '--noprompt', '--file', tunnels.file], tunnels)
  return result.code === 0 ? null : reasons(result.stderr) || `exit ${result.code}`
}

/** Ends tunnels whose connection is not configured any more: taking a connection away leaves what was negotiated. */
async function endOtherTunnels(tunnels: TunnelLoad): Promise<void> {
  const { stdout } = await swanctl(['--list-sas', '--raw'], tunnels)
  const wanted = new Set(tunnels.names)
  const standing = new Set([...stdout.matchAll(/^list-sa event \{(\S+) \{/gm)].map((match) => match[1] ?? ''))
  for (const name of standing) {
    if (!wanted.has(name)) await swanctl(['--terminate', '--ike', name, '--timeout', '2'], tunnels)
  }
}

/**
 * Lets a running charon take its new tunnels by `take`. What is not configured any more is ended before, because a new connection would
 * join one that only differs in its key, and after, because traffic may have begun it again meanwhile.
 */
export async function exchangeTunnels(tunnels: TunnelLoad, take: () => Promise<void>): Promise<void> {
  await endOtherTunnels(tunnels)
  await take()
  await endOtherTunnels(tunnels)
}

/** Gives a running charon its tunnels. @throws Error with what swanctl said. */
export async function loadTunnels(tunnels: TunnelLoad): Promise<void> {
  const complaint = await load(tunnels)
  if (complaint !== null) throw new Error(complaint)
}

let kernelHasEsp: boolean | null = null

/** Some kernels take the policies of IPsec and then refuse its keys: found out by giving them one that no packet uses. */
async function espOfKernel(): Promise<boolean> {
  if (kernelHasEsp !== null) return kernelHasEsp
  const key = (bytes: number): string => `0x${randomBytes(bytes).toString('hex')}`
  const of = ['src', '192.0.2.1', 'dst', '192.0.2.2', 'proto', 'esp', 'spi', '0x61737472']
  const made = await run('ip', [
    ...['xfrm', 'state', 'add', ...of, 'mode', 'tunnel'],
    ...['auth', 'hmac(sha256)', key(32), 'enc', 'cbc(aes)', key(16)],
  ])
  kernelHasEsp = made.code === 0
  if (kernelHasEsp) await must('ip', ['xfrm', 'state', 'delete', ...of])
  return kernelHasEsp
}

/** What is missing on this machine for IPsec; null when nothing is. */
async function missing(text: string, mode: IpsecMode): Promise<string | null> {
  if (findTool('charon-systemd') === null) return 'it is not installed (package charon-systemd)'
  if (findTool('swanctl') === null) return 'swanctl is not installed (package strongswan-swanctl)'
  if (mode === 'userspace' && !existsSync(USERSPACE_PLUGIN)) {
    return 'its userspace IPsec is not installed (package libcharon-extra-plugins)'
  }
  if (!existsSync(CIPHERS_PLUGIN)) return 'its ciphers are not installed (package libstrongswan-standard-plugins)'
  if (mode === 'userspace') {
    if (/^ *(ah_proposals|mode = transport)/m.test(text)) return 'userspace IPsec has neither AH nor transport mode'
    return null
  }
  return (await espOfKernel())
    ? null
    : "this machine's kernel has no ESP (the agent's option --ipsec userspace does without)"
}

async function untilSocket(path: string, charon: ChildProcess): Promise<string | null> {
  for (let waited = 0; !existsSync(path); waited += POLL_MS) {
    if (charon.exitCode !== null || charon.signalCode !== null) return 'charon ended at once'
    if (waited > READY_MS) return `charon is not ready after ${READY_MS} ms`
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return null
}

/**
 * Asks a charon of its own, which has no hand in the kernel and nothing to begin, whether it takes these tunnels: swanctl has no
 * check without one. Null when it does, else what it said.
 */
export async function checkTunnels(
  text: string,
  { runDir, ipsec }: { readonly runDir: string; readonly ipsec: IpsecMode },
): Promise<string | null> {
  const lacking = await missing(text, ipsec)
  if (lacking !== null) return lacking
  const folder = join(runDir, `ck-${randomBytes(4).toString('hex')}`)
  const tunnels = { file: join(folder, 'tunnels'), settings: join(folder, 'settings'), socket: join(folder, 'vici') }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let charon: ChildProcess | null = null
  try {
    await writeFile(tunnels.settings, renderCharonCheck(tunnels.socket), { mode: 0o600 })
    await writeFile(tunnels.file, text, { mode: 0o600 })
    const line = commandLine('charon-systemd', [])
    charon = spawn(line.path, line.args, {
      env: { ...CHILD_ENVIRONMENT, ...charonEnvironment(tunnels.settings) },
      stdio: 'ignore',
    })
    charon.on('error', () => undefined)
    return (await untilSocket(tunnels.socket, charon)) ?? (await load(tunnels))
  } finally {
    if (charon && charon.exitCode === null && charon.signalCode === null) {
      const ended = new Promise((resolve) => charon?.once('exit', resolve))
      charon.kill('SIGKILL')
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  }
}
