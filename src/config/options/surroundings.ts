import { bool, duration, group, option, secretUrl, str } from '../option.ts'
import { url } from '../types/text.ts'

const NO_CLUSTER = 'not used yet: orchestrators do not form clusters'
const NO_METERING = 'not used yet: no bandwidth is reported'

export const AGENT_GROUP = group('What we are to Neutron: an L3 agent.', {
  report_state: bool({
    default: true,
    help:
      'Register with Neutron as an L3 agent of this host and manage the routers that it schedules here. Off: every router that Neutron has ' +
      'is managed, for a Neutron with the Astara plugin and a single orchestrator.',
  }),
  report_interval: duration({
    default: 30,
    min: 1,
    help: 'Seconds between reports of state to Neutron; less than half of its agent_down_time (75 seconds unless changed there).',
  }),
  availability_zone: str({ default: 'nova', help: 'Availability zone that the agent reports.' }),
  log_agent_heartbeats: bool({ default: false, help: 'Ask Neutron to log each report.' }),
})

export const ASTARA_APPLIANCE_GROUP = group('Start-up.', {
  max_sleep: duration({
    default: 15,
    min: 0.1,
    help: 'The longest pause, in seconds, between tries to list the resources while Neutron is away at start-up.',
  }),
})

export const COORDINATION_GROUP = group('A cluster of orchestrators that share the work.', {
  enabled: bool({ default: false, help: 'Take part in a cluster.', noEffect: NO_CLUSTER }),
  url: secretUrl({ help: 'The coordination service, for example etcd3://host:2379.', noEffect: NO_CLUSTER }),
  group_id: str({ default: 'astara.orchestrator', help: 'Name of the cluster.', noEffect: NO_CLUSTER }),
  heartbeat_interval: duration({ default: 1, min: 0.1, help: 'Seconds between signs of life.', noEffect: NO_CLUSTER }),
})

export const DATABASE_GROUP = group('Where debug modes are kept.', {
  connection: option(url(), {
    default: 'sqlite:////var/lib/astara/astara.db',
    help: 'The database as SQLAlchemy writes it; sqlite:// and an absolute path (so four slashes) is a file.',
    secret: true,
    deprecated: [{ name: 'sql_connection', group: 'DEFAULT' }],
  }),
})

export const CEILOMETER_GROUP = group('Bandwidth notifications for metering.', {
  enabled: bool({ default: false, help: 'Send astara.bandwidth.used notifications.', noEffect: NO_METERING }),
  topic: str({ default: 'notifications.info', help: 'Topic they are sent to.', noEffect: NO_METERING }),
})
