import { isTenantNetwork, lowestAddress, type Model, type Network } from '../model/index.ts'

/** Where machines ask for their metadata. */
export const METADATA_ADDRESS = '169.254.169.254'

/** Port of the proxy of one network: 9600 + N of geN. */
export const metadataPort = (network: Network): number => 9600 + network.index

/** One listener of the metadata proxy. */
export interface MetadataListener {
  readonly network_id: string
  readonly address: string
  readonly port: number
  /** Machine's address → Nova id. */
  readonly instances: Readonly<Record<string, string>>
}

/** What the metadata proxy needs to know: the file it reads, also when it runs as a process of its own. */
export interface MetadataConfig {
  readonly tenant_id: string
  readonly orchestrator: { readonly address: string; readonly port: number }
  readonly listeners: readonly MetadataListener[]
}

/** Derives the proxy's configuration. */
export function renderMetadata(model: Model): MetadataConfig {
  return {
    tenant_id: model.tenantId,
    orchestrator: { address: model.orchestrator.address.text, port: model.orchestrator.port },
    listeners: model.networks.filter(isTenantNetwork).flatMap((network) => {
      const own = lowestAddress(network, 4)
      if (!own) return []
      const instances: Record<string, string> = {}
      for (const { instanceId, addresses } of network.allocations) {
        if (instanceId === null) continue
        for (const { ip } of addresses) instances[ip.text] = instanceId
      }
      return [{ network_id: network.id, address: own.text, port: metadataPort(network), instances }]
    }),
  }
}
