import { describe, expect, it } from 'vitest'
import { authRequest } from '../../../src/openstack/identity/auth-request.ts'

const at = { authUrl: 'http://keystone' }

describe('the log-in', () => {
  it('with ids leaves the names out', () => {
    const { body, secrets } = authRequest({
      ...at,
      method: 'password',
      userId: 'u',
      username: 'x',
      password: 'pw',
      projectId: 'p',
      projectName: 'x',
    })
    expect(body.auth).toEqual({
      identity: { methods: ['password'], password: { user: { id: 'u', password: 'pw' } } },
      scope: { project: { id: 'p' } },
    })
    expect(secrets).toEqual(['pw'])
  })

  it('with names means the default domain unless told otherwise', () => {
    const { body } = authRequest({
      ...at,
      method: 'password',
      username: 'u',
      password: 'pw',
      projectName: 'p',
      projectDomainName: 'D',
      userDomainId: 'd',
    })
    expect(body.auth).toEqual({
      identity: { methods: ['password'], password: { user: { name: 'u', domain: { id: 'd' }, password: 'pw' } } },
      scope: { project: { name: 'p', domain: { name: 'D' } } },
    })
    expect(authRequest({ ...at, method: 'password', username: 'u', password: 'pw' }).body.auth).toEqual({
      identity: { methods: ['password'], password: { user: { name: 'u', domain: { id: 'default' }, password: 'pw' } } },
    })
  })

  it('with an application credential names no scope: it brings its own', () => {
    const credential = {
      ...at,
      method: 'application_credential',
      applicationCredentialSecret: 's',
      projectName: 'p',
    } as const
    expect(authRequest({ ...credential, applicationCredentialId: 'c' }).body.auth).toEqual({
      identity: { methods: ['application_credential'], application_credential: { id: 'c', secret: 's' } },
    })
    expect(authRequest({ ...credential, applicationCredentialName: 'n', userId: 'u' }).body.auth).toEqual({
      identity: {
        methods: ['application_credential'],
        application_credential: { name: 'n', user: { id: 'u' }, secret: 's' },
      },
    })
  })

  it.each([
    [{ ...at, method: 'password', username: 'u' }, 'the password'],
    [{ ...at, method: 'password', password: 'p' }, 'id or name of the user'],
    [
      { ...at, method: 'application_credential', applicationCredentialId: 'c' },
      'the secret of the application credential',
    ],
    [
      { ...at, method: 'application_credential', applicationCredentialSecret: 's' },
      'id or name of the application credential',
    ],
  ] as const)('says what is missing: %#', (auth, what) => {
    expect(() => authRequest(auth)).toThrow(`${what} is missing`)
  })
})
