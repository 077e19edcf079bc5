import { errors } from 'undici'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../../../src/openstack/http/fault.ts'

const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall })
const refused = systemError('ECONNREFUSED', 'connect')

describe('faultOf', () => {
  it.each([
    ['nobody listens', refused, 'unreachable'],
    ['no such host', systemError('ENOTFOUND', 'getaddrinfo'), 'unreachable'],
    ['a connection that takes too long', new errors.ConnectTimeoutError('slow'), 'unreachable'],
    ['no address answers', new AggregateError([refused, systemError('ENETUNREACH', 'connect')]), 'unreachable'],
    [
      'one of several addresses may have been reached',
      new AggregateError([refused, systemError('ECONNRESET', 'read')]),
      'unknown',
    ],
    ['a connection reset while reading: it may have been done', systemError('ECONNRESET', 'read'), 'broken'],
    ['a socket closed under the request', new errors.SocketError('other side closed'), 'broken'],
    ['half an answer', new errors.ResponseContentLengthMismatchError(), 'broken'],
    ['an answer that does not begin', new errors.HeadersTimeoutError(), 'timeout'],
    ['an answer too long', new errors.ResponseExceededMaxSizeError(), 'too_large'],
    ['a certificate nobody vouches for', Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'tls'],
    ['https spoken to http', Object.assign(new Error('x'), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), 'tls'],
    ['not HTTP at all', Object.assign(new Error('x'), { code: 'HPE_INVALID_CONSTANT' }), 'garbage'],
    ['a bug', new TypeError('x is not a function'), 'unknown'],
    ['not even an error', 'boom', 'unknown'],
  ])('%s', (_, error, kind) => {
    expect(faultOf(error).kind).toBe(kind)
  })

  it('tells what every address said', () => {
    expect(faultOf(new AggregateError([refused, systemError('EHOSTUNREACH', 'connect')])).detail).toBe(
      'connect ECONNREFUSED; connect EHOSTUNREACH',
    )
  })
})
