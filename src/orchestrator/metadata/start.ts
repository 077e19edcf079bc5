import type { Config } from '../../config/index.ts'
import type { NeutronClient } from '../../openstack/index.ts'
import type { Clock, Logger } from '../../shared/index.ts'
import { ApplianceBook, type ResourceSource } from './appliance-book.ts'
import { instanceLookup } from './instance-lookup.ts'
import { metadataAddress } from './listen-address.ts'
import { startMetadataProxy } from './proxy.ts'

/** Under the 10 s that the appliance's own proxy waits for us. */
const NOVA_MS = 9_000
const NEUTRON_MS = 5_000
const CONCURRENT_PER_APPLIANCE = 64

export interface MetadataParts {
  readonly config: Config
  readonly table: ResourceSource
  /** What a resource is attached to. */
  readonly attachments: (
    resourceId: string,
  ) => { readonly networkIds: readonly string[]; readonly externalNetworkIds?: readonly string[] } | undefined
  readonly neutron: Pick<NeutronClient, 'listPorts'>
  /** Address that appliances are told to ask. */
  readonly pushedAddress: string
  readonly isReady: () => boolean
  readonly clock: Clock
  readonly logger: Logger
}

export interface RunningMetadata {
  readonly url: string
  close(): Promise<void>
}

/** Serves metadata as the options say; null when they say that there is none to be served. Throws AstaraError. */
export async function startMetadata(parts: MetadataParts): Promise<RunningMetadata | null> {
  const { config, attachments, clock } = parts
  const o = config.DEFAULT
  const logger = parts.logger.child({ part: 'metadata' })
  const secret = o.neutron_metadata_proxy_shared_secret
  if (!o.metadata_proxy || secret === null) {
    if (o.metadata_proxy) logger.warn('neutron_metadata_proxy_shared_secret is not set: no metadata is served')
    return null
  }
  const ending = new AbortController()
  const book = new ApplianceBook(parts.table)
  const end = (): void => {
    ending.abort(new Error('shutting down'))
    book.close()
  }
  try {
    const proxy = await startMetadataProxy(
      {
        listen: metadataAddress({ listen: o.metadata_listen, pushed: parts.pushedAddress, apiListen: o.api_listen }),
        port: o.astara_metadata_port,
        nova: { host: o.nova_metadata_ip, port: o.nova_metadata_port },
        secret,
        novaTimeoutMs: NOVA_MS,
        allowance: { perSecond: o.metadata_rate_limit, concurrent: CONCURRENT_PER_APPLIANCE },
      },
      {
        resourceAt: (address) => book.resourceAt(address),
        networksOf(resourceId) {
          const attached = attachments(resourceId)
          const external = new Set(attached?.externalNetworkIds)
          return new Set(attached?.networkIds.filter((id) => !external.has(id)))
        },
        lookup: instanceLookup(parts.neutron, { clock, signal: ending.signal, timeoutMs: NEUTRON_MS }),
        isReady: parts.isReady,
        clock,
        logger,
      },
    )
    return {
      url: proxy.url,
      async close() {
        end()
        await proxy.close()
      },
    }
  } catch (error) {
    end()
    throw error
  }
}
