import { bool, int, option, str } from '../option.ts'
import { list } from '../types/collections.ts'
import { integer } from '../types/numbers.ts'
import { choice } from '../types/text.ts'

/** [DEFAULT]: who this orchestrator is and how its work is divided. */
export const SERVICE_OPTIONS = {
  host: str({
    default: { words: "this machine's host name", compute: ({ hostname }) => hostname },
    help:
      'Name of this orchestrator: the host of its L3 agent in Neutron, of its notification queue and of its place in the ' +
      'cluster. Changing it makes Neutron see a new agent.',
  }),
  enabled_drivers: option(list(choice('router', 'loadbalancer')), {
    default: ['router'],
    help: 'Kinds of resource that are made real. So far only router can be; `astara run` refuses to start with others.',
  }),
  num_worker_processes: option(integer({ min: 1, max: 1024 }), {
    default: { words: 'the number of processor cores', compute: ({ cores }) => cores },
    help:
      'Worker processes. Tenants are divided among them. The original Astara started 16 whatever the machine; here more ' +
      'processes than cores gain nothing, because a waiting resource costs no thread.',
  }),
  num_worker_threads: int({
    default: 1000,
    min: 1,
    help:
      'Resources that one worker process may be working on at the same time. These are waits, not threads (the original ' +
      'defaulted to 4 threads); what OpenStack and the appliances have to bear is limited by the *_concurrency options.',
    reloadable: true,
  }),
  queue_warning_threshold: int({
    default: 100,
    min: 1,
    help: 'A resource for which more actions than this wait is warned about in the log.',
    reloadable: true,
  }),
  timeline_entries: int({
    default: 200,
    min: 10,
    max: 10_000,
    help: 'Entries that the timeline of one resource keeps: what happened to it, and why. A few KB per 100.',
  }),
  hash_partition_exponent: int({
    default: 5,
    min: 0,
    max: 16,
    help: 'In a cluster each host has 2 to the power of this points on the hash ring. Must be equal on all hosts.',
    noEffect: 'not used yet: orchestrators do not form clusters',
  }),
  provider_rules_path: str({
    default: '/etc/astara/provider_rules.json',
    help: 'JSON file with the labels (provider rules) that are pushed to every router. It may be absent.',
    reloadable: true,
  }),
  asn: int({
    default: 64_512,
    min: 1,
    max: 4_294_967_295,
    help: 'Autonomous system number of the appliances, for their BGP neighbours.',
    reloadable: true,
  }),
  neighbor_asn: int({
    default: 64_512,
    min: 1,
    max: 4_294_967_295,
    help: "Autonomous system number of the appliances' BGP neighbours.",
    reloadable: true,
  }),
  enable_byonf: bool({
    default: false,
    help: 'Ask Neutron (GET /v2.0/byonf) whether a tenant brings a driver and an image of its own.',
    noEffect: 'not used yet: tenants cannot bring drivers and images of their own',
  }),
}
