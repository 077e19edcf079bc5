import { bool, duration, group, int, multi, option, secretUrl, str } from '../option.ts'
import { list } from '../types/collections.ts'
import { text } from '../types/text.ts'

/** [DEFAULT]: the message bus. */
export const BUS_OPTIONS = {
  transport_url: secretUrl({
    help:
      'The message bus as oslo.messaging writes it: rabbit://user:password@host1:5672,host2:5672/vhost, special ' +
      'characters percent-encoded. Needed by `astara run`, except with --embedded.',
    deprecated: [{ name: 'amqp_url' }],
  }),
  neutron_control_exchange: str({
    default: 'neutron',
    help: 'AMQP exchange on which Neutron sends notifications and RPC.',
    deprecated: [{ name: 'quantum_control_exchange' }],
  }),
  control_exchange: str({
    default: 'openstack',
    help: 'AMQP exchange of our own notifications and RPC that do not concern Neutron.',
  }),
  rpc_timeout: duration({
    default: 60,
    min: 0.1,
    help: 'Seconds to wait for the answer to an RPC call.',
    deprecated: [{ name: 'rpc_response_timeout' }],
    reloadable: true,
  }),
}

export const RABBIT_GROUP = group('How RabbitMQ is talked to. The names are those of oslo.messaging.', {
  heartbeat_timeout_threshold: duration({
    default: 60,
    help: 'Seconds after which a broker that sends nothing counts as gone. 0: no heartbeats.',
  }),
  rabbit_qos_prefetch_count: int({
    default: 300,
    min: 0,
    max: 65_535,
    help: 'Messages that the broker may have under way to us unacknowledged. 0: no limit.',
  }),
  ssl: bool({
    default: false,
    help: 'Connect with TLS.',
    deprecated: [{ name: 'rabbit_use_ssl' }, { name: 'rabbit_use_ssl', group: 'DEFAULT' }],
  }),
  ssl_ca_file: str({
    help: "File of the certificate authorities that may have signed the broker's certificate. Unset: the system's.",
    deprecated: [{ name: 'kombu_ssl_ca_certs' }],
  }),
  ssl_cert_file: str({
    help: 'File of our own certificate, when the broker asks for one.',
    deprecated: [{ name: 'kombu_ssl_certfile' }],
  }),
  ssl_key_file: str({ help: 'File of its private key.', deprecated: [{ name: 'kombu_ssl_keyfile' }] }),
  amqp_durable_queues: bool({
    default: false,
    help: "Declare queues and exchanges durable. Must be as in Neutron's own configuration, else the broker refuses.",
    deprecated: [{ name: 'rabbit_durable_queues' }],
  }),
  amqp_auto_delete: bool({
    default: false,
    help: "Declare queues and exchanges auto-delete. Must be as in Neutron's own configuration.",
  }),
  rabbit_retry_interval: duration({
    default: 1,
    min: 0.01,
    help: 'Seconds before the first try to reconnect.',
  }),
  rabbit_retry_backoff: duration({
    default: 2,
    help: 'Seconds by which the pause grows with each further try.',
    deprecated: [{ name: 'rabbit_retry_backoff', group: 'DEFAULT' }],
  }),
  rabbit_interval_max: duration({
    default: 30,
    min: 0.01,
    help: 'The longest pause between tries, in seconds.',
  }),
})

export const NOTIFICATIONS_GROUP = group('Notifications on the message bus.', {
  topics: option(list(text), {
    default: ['notifications'],
    help: 'Topics on which Neutron sends its notifications: the same value as in its configuration.',
    deprecated: [
      { name: 'notification_topics', group: 'DEFAULT' },
      { name: 'topics', group: 'rpc_notifier2' },
    ],
  }),
  driver: multi(text, {
    default: [],
    help: 'Kept from old files: notifications are always sent in the messagingv2 format.',
    noEffect: 'notifications are always sent in the messagingv2 format',
    deprecated: [{ name: 'notification_driver', group: 'DEFAULT' }],
  }),
})
