import { behindItsBack } from './behind-its-back.ts'
import { dhcp } from './dhcp.ts'
import { floatingIps } from './floating-ips.ts'
import { interfaces } from './interfaces.ts'
import { limits } from './limits.ts'
import { routers } from './routers.ts'
import type { Story } from './story.ts'

/** Every story, by chapter. */
export const CHAPTERS: Readonly<Record<string, readonly Story[]>> = {
  Routers: routers,
  Interfaces: interfaces,
  'Floating IPs': floatingIps,
  'DHCP and DNS': dhcp,
  'Limits and deletes': limits,
  'Behind its back': behindItsBack,
}
