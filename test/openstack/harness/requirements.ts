import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What the daemons take is 2 GB (PSS); the tests and astara itself want theirs too. */
const MEMORY_KB = 4 * 1024 * 1024

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function canMakeNamespaces(): boolean {
  const flags = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private']
  return (
    spawnSync('unshare', [...flags, '--', 'mount', '-t', 'tmpfs', 'tmpfs', '/run'], { timeout: 20_000 }).status === 0
  )
}

/** Why the rig cannot run on this machine, one reason each; empty when it can. */
export function whatIsMissing(): readonly string[] {
  const system = readText('/etc/os-release')
  const available = Number(/^MemAvailable:\s+(\d+)/m.exec(readText('/proc/meminfo'))?.[1] ?? 0)
  const isRoot = process.getuid?.() === 0
  return [
    ...(/^ID=debian$/m.test(system) && /^VERSION_ID="12"$/m.test(system) ? [] : ['this is not Debian 12']),
    ...(isRoot ? [] : ['not root']),
    ...(available >= MEMORY_KB ? [] : [`only ${Math.round(available / 1024)} MB of memory are free, of 4096 MB`]),
    ...(!isRoot || canMakeNamespaces() ? [] : ['unshare cannot make network, mount and process namespaces here']),
  ]
}
