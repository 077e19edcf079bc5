import { existsSync } from 'node:fs'
import { AstaraError } from '../../shared/index.ts'
import { run } from './run.ts'

/** Debian package of each program that the data plane runs. */
const PROGRAMS: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  sysctl: 'procps',
  busybox: 'busybox',
  iptables: 'iptables',
  nft: 'nftables',
  dnsmasq: 'dnsmasq-base',
  bird: 'bird2',
  conntrack: 'conntrack',
  conntrackd: 'conntrackd',
  keepalived: 'keepalived',
  arping: 'iputils-arping',
  ping: 'iputils-ping',
}

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

export interface Surroundings {
  readonly platform: string
  readonly uid: number | undefined
  readonly has: (program: string) => boolean
}

const here: Surroundings = {
  platform: process.platform,
  uid: process.getuid?.(),
  has: (program) => FOLDERS.some((folder) => existsSync(`${folder}/${program}`)),
}

/** Everything that is missing for real packets, in words. Empty: nothing is. */
export function missingFor(surroundings: Surroundings = here): {
  readonly problems: readonly string[]
  readonly packages: readonly string[]
} {
  const { platform, uid, has } = surroundings
  if (platform !== 'linux')
    return { problems: [`this is ${platform}, and network namespaces are Linux's`], packages: [] }
  const missing = Object.entries(PROGRAMS).filter(([program]) => !has(program))
  return {
    problems: [
      ...(uid === 0 ? [] : ['only root may make network namespaces']),
      ...missing.map(([program, name]) => `the program ${program} is not installed (package ${name})`),
    ],
    packages: [...new Set(missing.map(([, name]) => name))].sort(),
  }
}

/** Throws AstaraError `unavailable` that names everything that is missing, and what to type. */
export async function requireDataplane(surroundings: Surroundings = here): Promise<void> {
  const { problems, packages } = missingFor(surroundings)
  if (problems.length > 0) throw refusal(problems, packages, surroundings.uid)
  await run('unshare', ['--net', 'true']).catch((cause: unknown) => {
    throw new AstaraError('unavailable', 'this machine does not allow network namespaces', {
      cause,
      suggestions: ['In a container, give it the capabilities SYS_ADMIN and NET_ADMIN.', SIMULATED],
    })
  })
}

const SIMULATED = 'Without real packets: --dataplane simulated needs no privileges.'

function refusal(problems: readonly string[], packages: readonly string[], uid: number | undefined): AstaraError {
  const asRoot = uid === 0 ? '' : 'sudo '
  return new AstaraError('unavailable', `--dataplane netns is not possible here: ${problems.join('; ')}`, {
    suggestions: [
      ...(packages.length === 0 ? [] : [`${asRoot}apt-get install ${packages.join(' ')}`]),
      ...(uid === 0 ? [] : ['Run it as root, for example with sudo.']),
      SIMULATED,
    ],
    details: { problems, packages },
  })
}
