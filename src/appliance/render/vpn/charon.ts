import type { IpsecMode } from './swanctl.ts'

/** What keys and proposals need; nothing that makes certificates, scripts or remote users. */
const CRYPTO = 'random nonce openssl sha1 sha2 hmac kdf aes gmp gcm xcbc drbg vici'

/** Settings of charon with a control socket of its own: several may run on one machine, each in its namespace. */
export function renderCharon(mode: IpsecMode, socket: string): string {
  const plugins = mode === 'userspace' ? `${CRYPTO} kernel-libipsec kernel-netlink` : `${CRYPTO} kernel-netlink`
  return [
    'charon-systemd {',
    `  load = ${plugins} socket-default`,
    // The kernel finds what belongs into a tunnel by its policies; routes for it could only take others' traffic along.
    ...(mode === 'userspace' ? [] : ['  install_routes = no', '  routing_table = 0']),
    '  install_virtual_ip = no',
    `  plugins { vici { socket = unix://${socket} } }`,
    '  filelog { stderr { default = 1 } }',
    '  journal { default = -1 }',
    '}',
    'swanctl { load = openssl }',
    '',
  ].join('\n')
}

/** Settings of a charon that only reads: on ports that nobody knows, and without a hand in the kernel. */
export function renderCharonCheck(socket: string): string {
  return [
    'charon-systemd {',
    `  load = ${CRYPTO} kernel-netlink socket-default`,
    '  port = 0',
    '  port_nat_t = 0',
    '  install_routes = no',
    '  routing_table = 0',
    `  plugins { vici { socket = unix://${socket} } }`,
    '  filelog { stderr { default = 0 } }',
    '  journal { default = -1 }',
    '}',
    'swanctl { load = openssl }',
    '',
  ].join('\n')
}
