import { connect } from 'node:net'
import { ok, warning } from '../lines.ts'
import type { Check } from '../types.ts'

const KNOCK_MS = 3_000

/** Metadata can be served: the secret is set, and Nova's service listens. */
export const metadata: Check = {
  name: 'metadata',
  async run({ config }) {
    const o = config.DEFAULT
    if (!o.metadata_proxy) return [ok('metadata', 'switched off (metadata_proxy)')]
    const secret = o.neutron_metadata_proxy_shared_secret
    if (secret === null || secret.trim() === '') {
      return [
        warning(
          'metadata',
          'neutron_metadata_proxy_shared_secret is not set: the machines of tenants get no metadata',
          "Set it to what Nova's [neutron] metadata_proxy_shared_secret is.",
          'Or set [DEFAULT] metadata_proxy to false, when that is meant.',
        ),
      ]
    }
    const where = `${o.nova_metadata_ip}:${o.nova_metadata_port}`
    const error = await knock(o.nova_metadata_ip, o.nova_metadata_port)
    return error === null
      ? [ok('metadata', `the secret is set, and Nova's service listens at ${where}`)]
      : [
          warning(
            'metadata',
            `Nova's metadata service at ${where}: ${error}; the machines of tenants get no metadata`,
            'Set [DEFAULT] nova_metadata_ip and nova_metadata_port to where nova-api-metadata listens.',
          ),
        ]
  },
}

function knock(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: KNOCK_MS })
    const end = (result: string | null): void => {
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', () => end(null))
    socket.once('timeout', () => end(`no answer within ${KNOCK_MS / 1_000} s`))
    socket.once('error', (error: Error & { readonly code?: string }) => end(error.code ?? error.message))
  })
}
