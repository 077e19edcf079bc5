import { duration, int, number } from '../option.ts'

/** [DEFAULT]: how often, how long and how many at a time. */
export const TIMING_OPTIONS = {
  health_check_period: duration({
    default: 60,
    min: 1,
    help: 'Every resource is asked whether it lives once in this many seconds, spread over the period.',
    reloadable: true,
  }),
  health_check_concurrency: int({
    default: 512,
    min: 1,
    help: 'Alive checks under way at the same time, per orchestrator.',
    reloadable: true,
  }),
  resync_interval: duration({
    default: 600,
    min: 1,
    help: 'Everything that Neutron has is compared with everything we have once in this many seconds.',
    reloadable: true,
  }),
  alive_timeout: duration({
    default: 3,
    min: 0.05,
    help: 'Seconds an appliance may take to answer an alive check.',
    reloadable: true,
  }),
  config_timeout: duration({
    default: 90,
    min: 0.1,
    help: 'Seconds an appliance may take to accept a configuration.',
    reloadable: true,
  }),
  max_retries: int({
    default: 3,
    min: 1,
    max: 100,
    help: 'How often an alive check or a configuration push is tried before it counts as failed.',
    reloadable: true,
  }),
  retry_delay: duration({
    default: 1,
    help: 'Seconds between those tries.',
    reloadable: true,
  }),
  error_state_cooldown: duration({
    default: 30,
    help: 'Seconds a resource in ERROR rests before what happened to it meanwhile is worked on.',
    reloadable: true,
  }),
  retry_backoff_base: duration({
    default: 1,
    min: 0.01,
    help: 'Seconds before a resource on which something failed is tried again; doubled with each further failure.',
    reloadable: true,
  }),
  retry_backoff_max: duration({
    default: 300,
    min: 0.01,
    help: 'The longest such pause, in seconds.',
    reloadable: true,
  }),
  boot_check_interval: duration({
    default: 0.5,
    min: 0.01,
    help: 'Seconds between looks at an instance that is booting, at first; they grow the longer it takes.',
    reloadable: true,
  }),
  boot_concurrency: int({
    default: 64,
    min: 1,
    help: 'Instances that may be asked of Nova at the same time, per orchestrator.',
    reloadable: true,
  }),
  replace_rate: number({
    default: 100,
    min: 0,
    help:
      'Dead instances that may be replaced per minute once replace_burst is used up, so that a lost rack or network does ' +
      'not become a storm of boots. 0: no limit.',
    reloadable: true,
  }),
  replace_burst: int({
    default: 50,
    min: 1,
    help: 'Dead instances that may be replaced at once before replace_rate applies.',
    reloadable: true,
  }),
  neutron_concurrency: int({
    default: 8,
    min: 1,
    help: 'Requests to Neutron under way at the same time, per worker process.',
    reloadable: true,
  }),
  nova_concurrency: int({
    default: 16,
    min: 1,
    help: 'Requests to Nova under way at the same time, per worker process.',
    reloadable: true,
  }),
  appliance_concurrency: int({
    default: 256,
    min: 1,
    help: 'Requests to appliances under way at the same time, per worker process; alive checks do not count.',
    reloadable: true,
  }),
  openstack_timeout: duration({
    default: 30,
    min: 0.1,
    help: 'Seconds an OpenStack API may take to answer a request.',
    reloadable: true,
  }),
  shutdown_timeout: duration({
    default: 30,
    help: 'Seconds that steps under way are given to finish when the orchestrator is told to stop.',
    reloadable: true,
  }),
}
