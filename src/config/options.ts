import { group } from './option.ts'
import { API_OPTIONS } from './options/api.ts'
import { BUS_OPTIONS, NOTIFICATIONS_GROUP, RABBIT_GROUP } from './options/bus.ts'
import { LOADBALANCER_GROUP, PEZ_GROUP, ROUTER_GROUP } from './options/drivers.ts'
import { CATALOG_OPTIONS, KEYSTONE_GROUP } from './options/keystone.ts'
import { LOGGING_OPTIONS } from './options/logging.ts'
import { MANAGEMENT_OPTIONS } from './options/management.ts'
import { SERVICE_OPTIONS } from './options/service.ts'
import {
  AGENT_GROUP,
  ASTARA_APPLIANCE_GROUP,
  CEILOMETER_GROUP,
  COORDINATION_GROUP,
  DATABASE_GROUP,
} from './options/surroundings.ts'
import { TIMING_OPTIONS } from './options/timing.ts'

/**
 * Every option there is, by section and name. The type of the configuration, the reader, `astara config sample`, the reference in
 * docs/config.md and all checks are made from this one table.
 */
export const OPTIONS = {
  DEFAULT: group('The orchestrator.', {
    ...SERVICE_OPTIONS,
    ...MANAGEMENT_OPTIONS,
    ...TIMING_OPTIONS,
    ...BUS_OPTIONS,
    ...CATALOG_OPTIONS,
    ...API_OPTIONS,
    ...LOGGING_OPTIONS,
  }),
  router: ROUTER_GROUP,
  loadbalancer: LOADBALANCER_GROUP,
  keystone_authtoken: KEYSTONE_GROUP,
  oslo_messaging_rabbit: RABBIT_GROUP,
  oslo_messaging_notifications: NOTIFICATIONS_GROUP,
  AGENT: AGENT_GROUP,
  database: DATABASE_GROUP,
  coordination: COORDINATION_GROUP,
  ceilometer: CEILOMETER_GROUP,
  pez: PEZ_GROUP,
  astara_appliance: ASTARA_APPLIANCE_GROUP,
}
