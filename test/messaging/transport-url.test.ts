import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRabbitTransport, parseTransportUrl } from '../../src/messaging/index.ts'
import { AstaraError } from '../../src/shared/index.ts'

const host = (name: string, port = 5672, username = 'guest', password = 'guest') => ({
  host: name,
  port,
  username,
  password,
})

describe('transport_url', () => {
  test.each([
    ['rabbit://h', [host('h')], '/'],
    ['rabbit://h/', [host('h')], '/'],
    ['rabbit://h//', [host('h')], '/'],
    ['rabbit://h/%2F', [host('h')], '/'],
    [
      'rabbit://user:pass@h1:5672,h2:5673/vhost',
      [host('h1', 5672, 'user', 'pass'), host('h2', 5673, 'user', 'pass')],
      'vhost',
    ],
    ['rabbit://u1:p1@h1,u2:p2@h2/v', [host('h1', 5672, 'u1', 'p1'), host('h2', 5672, 'u2', 'p2')], 'v'],
    ['rabbit://u:p%40s%2Fs%3A%25@h/a%2Fb', [host('h', 5672, 'u', 'p@s/s:%')], 'a/b'],
    ['rabbit://u:p@ss:word@h', [host('h', 5672, 'u', 'p@ss:word')], '/'],
    ['rabbit://u@h', [host('h', 5672, 'u', '')], '/'],
    [
      'rabbit://u:p@[::1]:5671,[fdca:3ba5::1]/',
      [host('::1', 5671, 'u', 'p'), host('fdca:3ba5::1', 5672, 'u', 'p')],
      '/',
    ],
    ['kombu+rabbit://h', [host('h')], '/'],
    ['amqp://h:1', [host('h', 1)], '/'],
    ['amqps://h', [host('h', 5671)], '/'],
    [' rabbit://h ', [host('h')], '/'],
  ])('%s', (url, hosts, virtualHost) => {
    expect(parseTransportUrl(url)).toMatchObject({ hosts, virtualHost })
  })

  test('TLS and driver options of the query', () => {
    expect(parseTransportUrl('rabbit://h').tls).toBeNull()
    expect(parseTransportUrl('rabbit://h/?ssl=1').tls).toEqual({})
    expect(parseTransportUrl('amqps://h/?ssl=0').tls).toBeNull()
    const url =
      'rabbit://h/v?ssl=True&ssl_ca_file=/etc/ca.pem&ssl_cert_file=c&ssl_key_file=k&ssl_verify=no&amqp_durable_queues=true'
    expect(parseTransportUrl(`${url}&heartbeat_timeout_threshold=30&rabbit_quorum_queue=0&what=ever`)).toMatchObject({
      virtualHost: 'v',
      tls: { caFile: '/etc/ca.pem', certFile: 'c', keyFile: 'k', verify: false },
      options: { durableQueues: true, heartbeatSeconds: 30, quorumQueues: false },
      unknownOptions: ['what'],
    })
  })

  test.each([
    ['', 'not a URL'],
    ['h:5672', 'not a URL'],
    ['redis://h', 'not supported'],
    ['kombu+memory://h', 'not supported'],
    ['rabbit://', 'no host'],
    ['rabbit://u:p@', 'host is missing'],
    ['rabbit://h:x', 'port'],
    ['rabbit://h:0', 'port'],
    ['rabbit://h:65536', 'port'],
    ['rabbit://::1:5672', 'brackets'],
    ['rabbit://u:%zz@h', '%'],
    ['rabbit://h/?ssl=perhaps', 'ssl'],
    ['rabbit://h/?heartbeat_timeout_threshold=soon', 'heartbeat'],
  ])('%s is refused: %s', (url, text) => {
    expect(() => parseTransportUrl(url)).toThrow(AstaraError)
    expect(() => parseTransportUrl(url)).toThrow(expect.objectContaining({ code: 'bad_config' }))
    expect(() => parseTransportUrl(url)).toThrow(text)
  })

  test('any user, password and virtual host survive percent-encoding', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(text, text, text, (user, password, vhost) => {
        const part = encodeURIComponent
        const parsed = parseTransportUrl(`rabbit://${part(user)}:${part(password)}@h:5672/${part(vhost)}`)
        expect(parsed.hosts).toEqual([host('h', 5672, user, password)])
        expect(parsed.virtualHost).toBe(vhost)
      }),
    )
  })

  test('pitfall D59: no error about a URL shows its password', () => {
    const urls = [
      'rabbits3cret',
      'rabbit:/u:s3cret@h',
      'foo://u:s3cret@h',
      'rabbit://u:s3cret@h:port',
      'rabbit://u:s3cret%@h',
      'rabbit://u:s3cret@',
    ]
    for (const url of urls) {
      let error: unknown
      try {
        createRabbitTransport({ url })
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(AstaraError)
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('s3cret')
    }
  })

  test('a TLS file that cannot be read is refused at start', () => {
    expect(() => createRabbitTransport({ url: 'rabbit://h/?ssl=1&ssl_ca_file=/nonexistent/ca.pem' })).toThrow(
      expect.objectContaining({ code: 'bad_config' }),
    )
  })
})
