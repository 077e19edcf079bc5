import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../../shared/index.ts'
import { STREAM_MODULE } from '../render/nginx.ts'
import type { IpsecMode } from '../render/vpn/index.ts'
import { checkTunnels } from './charon.ts'
import { findTool, run } from './commands.ts'
import type { ServiceName } from './services.ts'

/** Where the daemons' files lie. */
export interface DaemonFiles {
  readonly runDir: string
  readonly conntrackdConf: string
  readonly ipsec: IpsecMode
}

const CHECKS: Readonly<Record<ServiceName, ((file: string) => readonly string[]) | null>> = {
  dnsmasq: (file) => ['--test', `--conf-file=${file}`],
  bird: (file) => ['-p', '-c', file],
  keepalived: (file) => [`--config-test`, `--use-file=${file}`],
  conntrackd: null,
  charon: null,
  nginx: (file) => ['-t', '-q', '-e', 'stderr', '-c', file],
}

const PACKAGES: Readonly<Record<Exclude<ServiceName, 'charon'>, string>> = {
  dnsmasq: 'dnsmasq-base',
  bird: 'bird2',
  keepalived: 'keepalived',
  conntrackd: 'conntrackd',
  nginx: 'nginx-light',
}

/** What is not installed, by the package that brings it; null when nothing is missing. */
export function missingPackage(name: Exclude<ServiceName, 'charon'>, text: string, find = findTool): string | null {
  if (find(name) === null) return `it is not installed (package ${PACKAGES[name]})`
  if (name === 'nginx' && text.includes(STREAM_MODULE) && !existsSync(STREAM_MODULE)) {
    return 'TCP and HTTPS need its stream module, which is not installed (package libnginx-mod-stream)'
  }
  return null
}

/** Gives a text to a daemon's own checker, in a private folder. Null when it is fine or there is no checker. */
export async function checkWithTool(name: ServiceName, text: string, files: DaemonFiles): Promise<string | null> {
  if (name === 'charon') return checkTunnels(text, files)
  const missing = missingPackage(name, text)
  if (missing !== null) return missing
  const args = CHECKS[name]
  if (!args) return null
  const folder = join(files.runDir, `check-${randomBytes(6).toString('hex')}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    const file = join(folder, `${name}.conf`)
    await writeFile(file, text, { mode: 0o600 })
    const result = await run(name, args(file))
    if (result.code === 0) return null
    const said = `${result.stderr}\n${result.stdout}`.replaceAll(`${folder}/`, '').trim()
    return said === '' ? `exit ${result.code}` : said.split('\n').slice(0, 5).join(' | ').slice(0, 1000)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * What conntrackd has to do when mastership changes: the new master puts what it learned from the other into its kernel, clears it
 * and tells what it has; a backup asks for everything.
 */
const SYNC: Readonly<Record<'master' | 'backup', readonly string[]>> = {
  master: ['-c', '-f', '-R', '-B'],
  backup: ['-t', '-n'],
}

/** Runs conntrackd's commands; a failure costs connections, not mastership, so it is only told. */
export async function syncConnections(becomes: 'master' | 'backup', files: DaemonFiles, logger: Logger): Promise<void> {
  for (const command of SYNC[becomes]) {
    const result = await run('conntrackd', ['-C', files.conntrackdConf, command])
    if (result.code !== 0) logger.warn({ command, reason: result.stderr.trim() }, 'conntrackd')
  }
}
