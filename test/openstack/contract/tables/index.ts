import type { Script } from '../engine/step.ts'
import { agent } from './agent.ts'
import { around, quotas } from './around.ts'
import { images } from './glance.ts'
import { keystoneAccounts, keystoneAuth } from './keystone.ts'
import { lists, networks } from './networks.ts'
import { servers } from './nova.ts'
import { managementPorts, ports } from './ports.ts'
import { floatingIps, routers } from './routers.ts'
import { subnets } from './subnets.ts'
import { tokenLife } from './token-life.ts'

/** Everything that both clouds are asked. */
export const scripts: readonly Script[] = [
  keystoneAuth,
  keystoneAccounts,
  tokenLife,
  networks,
  lists,
  subnets,
  ports,
  managementPorts,
  routers,
  floatingIps,
  quotas,
  around,
  servers,
  images,
  agent,
]
