import { spawn } from 'node:child_process'
import { isIPv6 } from 'node:net'

/** Who owns the appliances' shells. */
const USER = 'astara'

/** What the system's ssh is called with. */
export function sshArguments(address: string): readonly string[] {
  // Instances come and go and take each other's addresses: an old host key says nothing, a known one that changed is the usual case.
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'ConnectTimeout=10']
  // ssh itself takes an IPv6 address without brackets; a zone stays as it is.
  const host = address.replace(/^\[(.*)\]$/, '$1')
  return [...(isIPv6(host) ? ['-6'] : []), ...options.flatMap((option) => ['-o', option]), '-l', USER, '--', host]
}

/**
 * Runs the system's ssh on this terminal until it ends. Resolves with its exit status (255: it could not connect).
 *
 * @throws Error when there is no ssh
 */
export function runSsh(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', sshArguments(address), { stdio: 'inherit' })
    child.once('error', (cause) => reject(new Error(`cannot start ssh: ${cause.message}`, { cause })))
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)))
  })
}
