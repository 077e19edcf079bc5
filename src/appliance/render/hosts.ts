import type { Model } from '../model/index.ts'
import { compareIps } from '../net/ip.ts'

/** /etc/hosts, or null when the configuration names no host or there is no management address to name. */
export function renderHosts(model: Model): string | null {
  const configured = model.networks.find((network) => network.type === 'management')
  const own = [...((configured ?? model.management)?.addresses ?? [])].map((address) => address.ip).sort(compareIps)[0]
  if (!own || model.hostname === null) return null
  return [
    '127.0.0.1  localhost',
    '::1  localhost ip6-localhost ip6-loopback',
    `${own.text}  ${model.hostname}`,
    '',
  ].join('\n')
}
