import { describe, expect, test } from 'vitest'
import {
  formatReply,
  formatRequest,
  openEnvelope,
  parseReply,
  parseRequest,
  RemoteError,
} from '../../src/messaging/index.ts'
import { noSuchMethod, unsupportedVersion } from '../../src/messaging/oslo/failure.ts'
import { isCompatible } from '../../src/messaging/oslo/rpc.ts'
import { capturedRpc } from './captures.ts'

const captured = capturedRpc()
const requests = captured.filter((c) => 'method' in c.message)
const replies = captured.filter((c) => 'ending' in c.message)
const failures = replies.filter((c) => c.message.failure !== null)
const find = (list: typeof captured, file: string) => {
  const found = list.find((c) => c.file.includes(file))
  if (!found) throw new Error(`no capture ${file}`)
  return found
}

describe('RPC messages', () => {
  test('all captured ones are there', () => {
    expect(requests.length).toBeGreaterThan(25)
    expect(replies.length).toBeGreaterThan(12)
    expect(failures.length).toBeGreaterThanOrEqual(4)
  })

  test.each(requests.map((c) => [c.file, String(c.message.method), c] as const))(
    '%s %s is understood',
    (_file, method, c) => {
      const { request, reply, uniqueId } = parseRequest(c.body)
      expect(request).toMatchObject({ method, args: c.message.args, version: c.message.version })
      expect(uniqueId).toBe(c.message._unique_id)
      expect(request.expectsReply).toBe('_msg_id' in c.message)
      if (reply) expect(reply).toEqual({ msgId: c.message._msg_id, queue: c.message._reply_q })
    },
  )

  test.each(requests.map((c) => [c.file, String(c.message.method), c] as const))(
    '%s %s: ours is the same key by key',
    (_file, method, c) => {
      const { request, reply } = parseRequest(c.body)
      const ours = openEnvelope(
        formatRequest({
          target: { exchange: c.exchange, topic: 't', version: request.version },
          method,
          args: request.args,
          context: request.context,
          ...(reply ? { reply } : {}),
        }),
      )
      expect(Object.keys(ours)).toEqual(Object.keys(c.message))
      expect(ours).toEqual({ ...c.message, _unique_id: ours._unique_id })
      expect(ours._unique_id).toMatch(/^[0-9a-f]{32}$/)
    },
  )

  test.each(replies.map((c) => [c.file, c] as const))(
    'reply of %s is understood, and ours has the same keys',
    (_file, c) => {
      const reply = parseReply(c.body)
      expect(reply).toMatchObject({ msgId: c.message._msg_id, result: c.message.result, ending: true })
      const outcome = reply.failure ? { failure: reply.failure } : { result: reply.result }
      const ours = openEnvelope(formatReply(reply.msgId, outcome))
      expect(Object.keys(ours)).toEqual(Object.keys(c.message))
      if (!reply.failure) {
        expect(ours).toEqual({ ...c.message, _unique_id: ours._unique_id })
        return
      }
      expect(JSON.parse(String(ours.failure))).toEqual(JSON.parse(String(c.message.failure)))
    },
  )

  test('failures are typed', () => {
    expect(parseReply(find(failures, '25-').body).failure).toMatchObject({
      name: 'RemoteError',
      className: 'AgentNotFoundByTypeHost',
      module: 'neutron_lib.exceptions.agent',
      message: 'Agent with agent_type=L3 agent and host=no-such-host could not be found.',
    })
    expect(parseReply(find(failures, '09-').body).failure).toMatchObject({
      className: 'AttributeError',
      module: 'builtins',
    })
  })

  test('our own refusals are worded as oslo.messaging\u2019s', () => {
    const facts = (error: RemoteError | null) => ({
      className: error?.className,
      module: error?.module,
      message: error?.message,
      args: error?.args,
    })
    expect(facts(noSuchMethod('no_such_method'))).toEqual(facts(parseReply(find(failures, '06-').body).failure))
    expect(facts(unsupportedVersion('9.0', 'sync_routers'))).toEqual(
      facts(parseReply(find(failures, '08-').body).failure),
    )
  })

  test('a failure that cannot be read is still a failure', () => {
    for (const failure of ['plain text', '[]', '{"class":5,"args":"x","tb":null}', { class: 'X' }, 17, true, '{']) {
      const body = Buffer.from(JSON.stringify({ _msg_id: 'a', failure, ending: true }))
      expect(parseReply(body).failure).toBeInstanceOf(RemoteError)
    }
  })

  test.each([
    ['{}', 'missing_field'],
    ['{"method":"a","args":[]}', 'bad_field'],
    ['{"method":"a","args":"x"}', 'bad_field'],
    ['{"method":7}', 'bad_field'],
    ['{"method":"a","version":2}', 'bad_field'],
    ['{"method":"a","_msg_id":{}}', 'bad_field'],
  ])('%s is poison: %s', (body, reason) => {
    expect(() => parseRequest(Buffer.from(body))).toThrow(expect.objectContaining({ reason }))
  })

  test.each([
    ['1.9', '1.0', true],
    ['1.9', '1.9', true],
    ['1.9', '1.10', false],
    ['1.9', '2.0', false],
    ['1.9', '1', true],
    ['2.0', '1.9', false],
    ['1.9', '', false],
    ['1.9', 'x.y', false],
  ])('implemented %s answers %s: %s', (implemented, requested, answer) => {
    expect(isCompatible(implemented, requested)).toBe(answer)
  })
})
