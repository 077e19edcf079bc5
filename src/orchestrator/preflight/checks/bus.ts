import type { CheckLine } from '../../../contract/index.ts'
import { failed, ok, warning } from '../lines.ts'
import type { Check } from '../types.ts'

/** Limit for each broker of the list. */
const BROKER_MS = 8_000

/** The brokers let us in, and Neutron's exchange is there. Looks only. */
export const bus: Check = {
  name: 'bus',
  async run({ config, brokers }) {
    const { transport_url: url, neutron_control_exchange: exchange } = config.DEFAULT
    if (url === null) {
      return [
        failed(
          'bus',
          '[DEFAULT] transport_url is not set: where the message bus is',
          'Set it to what it is in neutron.conf, with a user who may configure, write and read.',
          'An embedded cloud has a bus for others when started with --transport-url.',
        ),
      ]
    }
    const rabbit = config.oslo_messaging_rabbit
    const tls = {
      ...(rabbit.ssl_ca_file === null ? {} : { caFile: rabbit.ssl_ca_file }),
      ...(rabbit.ssl_cert_file === null ? {} : { certFile: rabbit.ssl_cert_file }),
      ...(rabbit.ssl_key_file === null ? {} : { keyFile: rabbit.ssl_key_file }),
    }
    const answers = await brokers({
      url,
      exchanges: [exchange],
      timeoutMs: BROKER_MS,
      ...(rabbit.ssl ? { tls } : {}),
    })
    const up = answers.filter((answer) => answer.error === null)
    const down = answers.filter((answer) => answer.error !== null).map(({ broker, error }) => `${broker}: ${error}`)
    const advice = [
      'Is RabbitMQ up, and may this user enter the virtual host? rabbitmqctl status; rabbitmqctl list_permissions',
      'Correct [DEFAULT] transport_url: the same as in neutron.conf, with a user who may configure, write and read.',
    ]
    if (up.length === 0) return [failed('bus', down.join('; '), ...advice)]
    const entered = up.map(({ broker, product }) => `${broker} (${product})`).join(', ')
    return [
      down.length === 0 ? ok('bus', entered) : warning('bus', `${entered}; but ${down.join('; ')}`, ...advice),
      exchangeLine(
        exchange,
        up.some(({ exchanges }) => exchanges.get(exchange) === true),
      ),
    ]
  },
}

function exchangeLine(exchange: string, there: boolean): CheckLine {
  return there
    ? ok('bus_exchange', `Neutron's exchange ${exchange} is there`)
    : warning(
        'bus_exchange',
        `there is no exchange ${exchange}: Neutron has said nothing yet, or says it elsewhere`,
        'Is neutron-server running, on the same virtual host?',
        "Is [DEFAULT] neutron_control_exchange what Neutron's own control_exchange is?",
        'Does Neutron notify? [oslo_messaging_notifications] driver = messagingv2, topics = notifications',
      )
}
