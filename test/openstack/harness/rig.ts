import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childrenOf, identify, isAlive, type ProcessIdentity } from './processes.ts'

const SCRIPTS = fileURLToPath(new URL('../rig/', import.meta.url))
const PREFIX = 'astara-rig-'

/** What a rig's folder tells of it to other processes. */
interface Note {
  /** The one in whose namespaces everything runs; its death is the death of all of them. */
  readonly keeper: ProcessIdentity
  /** The first process inside, as seen from outside. */
  readonly init: ProcessIdentity
  /** The program without which it is litter; null for a rig that is kept. */
  readonly owner: ProcessIdentity | null
}

/** A real OpenStack in namespaces of its own: it sees nothing of the machine's network, and the machine nothing of it. */
export interface Rig {
  readonly name: string
  /** Configuration, logs, data, `openrc`, `clouds.yaml`, `ids.env`. */
  readonly folder: string
  /** Runs a program inside, `ASTARA_RIG` naming the folder. */
  spawn(command: readonly string[], options?: SpawnOptions): ChildProcess
  /** Ends everything that runs inside, at once, and removes the folder. */
  stop(): Promise<void>
}

const folderOf = (name: string): string => join(tmpdir(), PREFIX + name)
const noteOf = (folder: string): string => join(folder, 'keeper.json')

function readNote(folder: string): Note | null {
  try {
    return JSON.parse(readFileSync(noteOf(folder), 'utf8'))
  } catch {
    return null
  }
}

async function until(isDone: () => boolean, seconds: number, what: string): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!isDone()) {
    if (Date.now() > deadline) throw new Error(`${what} took more than ${seconds} s`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function remove(folder: string): Promise<void> {
  const note = readNote(folder)
  if (note && isAlive(note.keeper)) process.kill(note.keeper.pid, 'SIGKILL')
  if (note && isAlive(note.init)) process.kill(note.init.pid, 'SIGKILL')
  if (note) await until(() => !isAlive(note.init), 30, `the end of the processes of ${folder}`)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** What a crash left: rigs whose owner is gone. Those that are kept stay. */
async function removeLitter(): Promise<void> {
  for (const entry of readdirSync(tmpdir()).filter((one) => one.startsWith(PREFIX))) {
    const folder = join(tmpdir(), entry)
    const note = readNote(folder)
    if (note?.owner && !isAlive(note.owner)) await remove(folder)
  }
}

// The first process inside takes in the orphans of the others, and a shell buries them. /sys is mounted anew since it shows the
// network devices of the namespace in which it was mounted; /run is the rig's own since namespaces and locks have names there.
const INIT = `
set -e
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/lock
ip link set lo up
touch "$ASTARA_RIG/ready"
while :; do sleep 86400 & wait $!; done`

/** What the caller's environment may say to the rig's scripts (../harness/README.md). */
const KNOBS = ['TENANT_NET_TYPE', 'FIREWALL', 'SERVICE_PLUGINS', 'TOKEN_SECONDS', 'OS_HOST']

async function makeNamespaces(folder: string, isKept: boolean): Promise<void> {
  const unshare = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const command = [...unshare, '--propagation', 'private', '--', 'bash', '-c', INIT]
  // A rig that is not kept dies with this process, however this process ends.
  const [program = '', ...args] = isKept ? command : ['setpriv', '--pdeathsig', 'KILL', ...command]
  const keeper = spawn(program, args, {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ASTARA_RIG: folder },
    stdio: 'ignore',
    detached: true,
  })
  keeper.unref()
  let inits: readonly number[] = []
  const made = until(
    () => {
      if (keeper.exitCode !== null) throw new Error(`unshare failed with status ${keeper.exitCode}`)
      inits = keeper.pid === undefined ? [] : childrenOf(keeper.pid)
      return inits.length > 0 && readdirSync(folder).includes('ready')
    },
    20,
    'making the namespaces',
  )
  await made.catch((error: unknown) => {
    keeper.kill('SIGKILL')
    throw error
  })
  const note = {
    keeper: identify(keeper.pid ?? 0),
    init: identify(inits[0] ?? 0),
    owner: isKept ? null : identify(process.pid),
  }
  writeFileSync(noteOf(folder), `${JSON.stringify(note)}\n`)
}

function attach(name: string): Rig {
  const folder = folderOf(name)
  return {
    name,
    folder,
    spawn(command, options = {}) {
      const note = readNote(folder)
      if (!note || !isAlive(note.init)) throw new Error(`no rig ${name} runs`)
      // Entering the mount namespace moves to its root: back to where we are.
      const back = ['sh', '-c', 'cd "$0" && exec "$@"', String(options.cwd ?? process.cwd())]
      const args = ['--target', String(note.init.pid), '--net', '--mount', '--pid', '--', ...back, ...command]
      return spawn('nsenter', args, { ...options, env: { ...(options.env ?? process.env), ASTARA_RIG: folder } })
    },
    stop: () => remove(folder),
  }
}

/** The rig of that name that runs; null when there is none. */
export function findRig(name: string): Rig | null {
  const note = readNote(folderOf(name))
  return note && isAlive(note.init) ? attach(name) : null
}

export function listRigs(): readonly string[] {
  const names = readdirSync(tmpdir()).filter((one) => one.startsWith(PREFIX))
  return names.map((one) => one.slice(PREFIX.length)).filter((name) => findRig(name) !== null)
}

export interface StartOptions {
  /** Outlives this process, until it is stopped by name. */
  readonly isKept?: boolean
}

/**
 * Starts a rig (about a minute; two more when the packages are yet to be installed), or whatever of a kept one is not running.
 * Its progress goes to stderr, with the end of a daemon's log when that fails. Throws when it does not come up; nothing is left then.
 */
export async function startRig(name: string, options: StartOptions = {}): Promise<Rig> {
  await removeLitter()
  if (spawnSync(join(SCRIPTS, 'install'), { stdio: ['ignore', 'inherit', 'inherit'] }).status !== 0) {
    throw new Error('the packages of the rig could not be installed')
  }
  const isKept = options.isKept ?? false
  const existing = findRig(name)
  if (!existing) {
    await remove(folderOf(name))
    mkdirSync(folderOf(name), { recursive: true, mode: 0o755 })
    await makeNamespaces(folderOf(name), isKept)
  }
  const rig = attach(name)
  const env = Object.fromEntries(KNOBS.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
  const up = rig.spawn([join(SCRIPTS, 'up')], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const status = await new Promise((resolve) => up.once('exit', resolve).once('error', resolve))
  if (status === 0) return rig
  if (!isKept) await rig.stop()
  throw new Error(`the rig did not come up (status ${String(status)}); what it says stands above`)
}
