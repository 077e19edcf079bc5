import { addressing } from './addressing.ts'
import { behindItsBack, cloudInTrouble } from './behind-its-back.ts'
import { dhcp } from './dhcp.ts'
import { floatingIps } from './floating-ips.ts'
import { gateways } from './gateways.ts'
import { interfaces } from './interfaces.ts'
import { l3Agent } from './l3-agent.ts'
import { limits } from './limits.ts'
import { neighbours } from './neighbours.ts'
import { routers } from './routers.ts'
import type { Story } from './story.ts'

/** Stories of one kind. */
export interface Chapter {
  readonly title: string
  readonly stories: readonly Story[]
  /** Whether they leave each other alone, and so may be played at the same time. */
  readonly together: boolean
}

/** Every story, by chapter. */
export const CHAPTERS: readonly Chapter[] = [
  { title: 'Routers', stories: routers, together: true },
  { title: 'Interfaces', stories: interfaces, together: true },
  { title: 'Floating IPs', stories: floatingIps, together: true },
  { title: 'DHCP and DNS', stories: dhcp, together: true },
  { title: 'Behind its back', stories: behindItsBack, together: true },
  { title: 'Addressing', stories: addressing, together: true },
  { title: 'Gateways', stories: gateways, together: true },
  { title: 'Neighbours', stories: neighbours, together: true },
  { title: 'Limits and deletes', stories: limits, together: false },
  { title: 'L3 agent', stories: l3Agent, together: false },
  { title: 'The cloud in trouble', stories: cloudInTrouble, together: false },
]
