import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'

/** Debian's names of what the integration tests talk to. */
const PACKAGES = [
  'rabbitmq-server',
  'python3-oslo.messaging',
  'python3-oslo.config',
  'python3-openstackclient',
  'tmux',
  'zsh',
  'fish',
] as const
type Package = (typeof PACKAGES)[number]

/** The interpreter that Debian's Python packages belong to (never a virtual environment's). */
export const SYSTEM_PYTHON = '/usr/bin/python3'

const SERVER_SCRIPTS = [
  '/usr/lib/rabbitmq/bin/rabbitmq-server',
  '/usr/local/sbin/rabbitmq-server',
  '/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server',
  '/usr/local/opt/rabbitmq/sbin/rabbitmq-server',
]

/**
 * The server's own start script, or null. Debian's wrapper in /usr/sbin is passed over: it changes to the user rabbitmq and to the
 * system's folders.
 */
export function findRabbitServer(): string | null {
  const own = process.env.ASTARA_TEST_RABBITMQ_SERVER
  if (own) return own
  return SERVER_SCRIPTS.find((path) => existsSync(path)) ?? null
}

function pythonHas(module: string): boolean {
  return spawnSync(SYSTEM_PYTHON, ['-c', `import ${module}`], { stdio: 'ignore', timeout: 30_000 }).status === 0
}

/** True when Debian's Python can import oslo.messaging. */
export function hasOsloMessaging(): boolean {
  return pythonHas('oslo_messaging')
}

/** True when this shell can be asked for completions. */
export function hasShell(shell: string): boolean {
  return spawnSync(shell, ['--version'], { stdio: 'ignore', timeout: 10_000 }).status === 0
}

function missingPackages(): Package[] {
  const missing: Package[] = []
  if (!findRabbitServer()) missing.push('rabbitmq-server')
  if (!hasOsloMessaging()) missing.push('python3-oslo.messaging')
  if (!pythonHas('oslo_config')) missing.push('python3-oslo.config')
  if (!existsSync('/usr/bin/openstack')) missing.push('python3-openstackclient')
  if (spawnSync('tmux', ['-V'], { stdio: 'ignore' }).status !== 0) missing.push('tmux')
  for (const shell of ['zsh', 'fish'] as const) if (!hasShell(shell)) missing.push(shell)
  return missing
}

const APT_OPTIONS = ['-o', 'DPkg::Lock::Timeout=600', '-o', 'Dpkg::Use-Pty=0', '-qq']

function apt(...args: string[]): { ok: boolean; output: string } {
  const run = spawnSync('apt-get', [...APT_OPTIONS, ...args], {
    encoding: 'utf8',
    timeout: 900_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  })
  return { ok: run.status === 0, output: `${run.stdout}${run.stderr}${run.error?.message ?? ''}` }
}

/** While `work` runs, Debian's packages must not start their services: policy-rc.d answers 101 ("not allowed") to each. */
function withoutServices<T>(work: () => T): T {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return work()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n')
  chmodSync(policy, 0o755)
  try {
    return work()
  } finally {
    rmSync(policy, { force: true })
  }
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && existsSync('/etc/debian_version')
}

/** Installs the real peers where that is possible. Returns what is still missing afterwards, and why. */
export function installPeers(): { missing: readonly string[]; why: string } {
  const missing = missingPackages()
  if (missing.length === 0) return { missing, why: '' }
  if (!canInstall()) return { missing, why: 'installing them needs root on Debian or Ubuntu' }
  process.stderr.write(`test set-up: apt-get install ${missing.join(' ')}\n`)
  const install = (): { ok: boolean; output: string } =>
    withoutServices(() => apt('install', '-y', '--no-install-recommends', ...missing))
  let result = install()
  if (!result.ok) {
    apt('update')
    result = install()
  }
  const still = missingPackages()
  return { missing: still, why: result.ok ? '' : result.output.trim().split('\n').slice(-3).join(' ') }
}

/** Runs a Python program to its end with Debian's interpreter. Throws with its output when it fails. */
export function runPython(program: string, args: readonly string[], timeoutMs = 30_000): string {
  return execFileSync(SYSTEM_PYTHON, [program, ...args], { encoding: 'utf8', timeout: timeoutMs })
}
