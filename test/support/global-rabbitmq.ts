import type { TestProject } from 'vitest/node'
import { describeBroker, parseTransportUrl } from '../../src/messaging/index.ts'
import { findRabbitServer, hasOsloMessaging, installPeers } from './peers.ts'
import { createBroker } from './rabbitmq.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Transport URL of the RabbitMQ that all tests share. Tests use names of their own in it and never stop it. */
    amqpUrl: string
    /** Empty when Debian's Python has oslo.messaging; else why it has not. */
    osloMissing: string
  }
}

/** The first broker of a URL, everything spelled out: tests put other hosts into its place. */
function plainUrl(url: string): string {
  const { hosts, virtualHost } = parseTransportUrl(url)
  const { username, password } = hosts[0]
  const vhost = virtualHost === '/' ? '' : encodeURIComponent(virtualHost)
  return `rabbit://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${describeBroker(hosts[0])}/${vhost}`
}

/**
 * Gives the tests a RabbitMQ: the one that ASTARA_TEST_AMQP_URL names, else a private one, whose server and real peers are installed
 * first where that is possible.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.ASTARA_TEST_AMQP_URL
  const { why } = installPeers()
  const osloMissing = hasOsloMessaging() ? '' : `python3-oslo.messaging is not installed: ${why || 'unknown reason'}`
  if (osloMissing)
    process.stderr.write(`test set-up: ${osloMissing}; tests against Python's oslo.messaging are skipped\n`)
  project.provide('osloMissing', osloMissing)
  if (given) {
    project.provide('amqpUrl', plainUrl(given))
    return async () => undefined
  }
  if (!findRabbitServer()) {
    throw new Error(
      `These tests need a RabbitMQ: none is installed (no rabbitmq-server), ${why || 'and it could not be installed'}, and ` +
        'ASTARA_TEST_AMQP_URL is not set. Set ASTARA_TEST_AMQP_URL=rabbit://user:password@host:5672/ to use a running one, install ' +
        'rabbitmq-server, or run as root on Debian or Ubuntu. `npm run test:unit` needs no service.',
    )
  }
  const broker = await createBroker()
  await broker.start()
  project.provide('amqpUrl', broker.url)
  return () => broker.dispose()
}
