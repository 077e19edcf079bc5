import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Debian package of each program, or file by its path, that the data plane and its tests need. */
const PACKAGES: Readonly<Record<string, string>> = {
  'charon-systemd': 'charon-systemd',
  arping: 'iputils-arping',
  bird: 'bird2',
  busybox: 'busybox',
  conntrack: 'conntrack',
  conntrackd: 'conntrackd',
  curl: 'curl',
  dhclient: 'isc-dhcp-client',
  dnsmasq: 'dnsmasq-base',
  ip: 'iproute2',
  iptables: 'iptables',
  keepalived: 'keepalived',
  nft: 'nftables',
  nginx: 'nginx-light',
  ping: 'iputils-ping',
  rdisc6: 'ndisc6',
  swanctl: 'strongswan-swanctl',
  tcpdump: 'tcpdump',
  '/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so': 'libcharon-extra-plugins',
  '/usr/lib/ipsec/plugins/libstrongswan-openssl.so': 'libstrongswan-standard-plugins',
  '/usr/lib/nginx/modules/ngx_stream_module.so': 'libnginx-mod-stream',
}

const FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']
const isHere = (tool: string): boolean =>
  tool.startsWith('/') ? existsSync(tool) : FOLDERS.some((folder) => existsSync(`${folder}/${tool}`))

/**
 * Makes sure that the real tools are here, installing what is missing. Returns why the tests cannot run, or null.
 * Only root can make network namespaces.
 */
export function prepareTools(): string | null {
  if (process.platform !== 'linux') return 'network namespaces need Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  if (spawnSync('unshare', ['-n', 'true']).status !== 0) return 'this machine does not allow network namespaces'
  const missing = Object.entries(PACKAGES).filter(([tool]) => !isHere(tool))
  if (missing.length === 0) return null
  const packages = missing.map(([, name]) => name)
  try {
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages], {
      stdio: 'pipe',
      timeout: 300_000,
    })
  } catch {
    return `missing programs (Debian packages ${packages.join(' ')}), and apt-get could not install them`
  }
  return null
}

/** Said on standard error, so that a skipped data plane is never mistaken for a tested one. */
export function announceSkip(reason: string): void {
  process.stderr.write(`\n*** DATA PLANE TESTS ARE SKIPPED: ${reason} ***\n\n`)
}
