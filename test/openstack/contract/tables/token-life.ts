import { glance, keystone, neutron, nova, type Script } from '../engine/step.ts'

const nobody = { as: 'nobody' } as const
const withToken = { ...nobody, headers: { 'X-Auth-Token': '{token}' } } as const
const ofOthers = { as: 'service', headers: { 'X-Subject-Token': '{token}' } } as const
const credentials = '/v3/users/{tenantUser}/application_credentials'
const tokens = '/v3/auth/tokens'
const credential = (name: string, expires: string) => ({
  application_credential: { name, secret: 'c-secret-c', expires_at: expires },
})
const logIn = {
  auth: {
    identity: {
      methods: ['application_credential'],
      application_credential: { id: '{credential}', secret: 'c-secret-c' },
    },
  },
}

/** A token lives as long as Keystone is configured to let it, but no longer than the application credential it comes from: so short ones are had. */
export const tokenLife: Script = {
  name: 'keystone token life',
  steps: [
    keystone('a credential that has ended', 'POST', credentials, credential('c-ended', '2020-01-01T00:00:00'), {
      as: 'tenant',
    }),
    keystone('a credential that ends some time', 'POST', credentials, credential('c-ends', 'some time'), {
      as: 'tenant',
    }),
    keystone('a credential that ends soon', 'POST', credentials, credential('c-soon', '{soon}'), {
      as: 'tenant',
      save: { credential: 'application_credential.id' },
    }),
    keystone('a token that ends with it', 'POST', tokens, logIn, {
      ...nobody,
      save: { token: 'header:x-subject-token' },
    }),
    keystone('it is shown', 'GET', tokens, undefined, ofOthers),
    // Every service has met it, and remembers that it is good.
    neutron('it serves Neutron', 'GET', '/v2.0/networks?name=c-nothing', undefined, withToken),
    nova('it serves Nova', 'GET', '/v2.1/servers?name=c-nothing', undefined, withToken),
    glance('it serves Glance', 'GET', '/v2/images?name=c-nothing', undefined, withToken),
    keystone('it ends', 'GET', tokens, undefined, { ...ofOthers, until: ({ status }) => status !== 200 }),
    keystone('is it good', 'HEAD', tokens, undefined, ofOthers),
    keystone('shown although it has ended', 'GET', `${tokens}?allow_expired=1`, undefined, ofOthers),
    keystone('it serves Keystone no more', 'GET', '/v3/auth/projects', undefined, withToken),
    keystone(
      'it makes no other token',
      'POST',
      tokens,
      {
        auth: {
          identity: { methods: ['token'], token: { id: '{token}' } },
          scope: { project: { id: '{tenantProject}' } },
        },
      },
      nobody,
    ),
    keystone('nor does its credential', 'POST', tokens, logIn, nobody),
    keystone('it cannot be revoked any more', 'DELETE', tokens, undefined, ofOthers),
    neutron('it serves Neutron no more', 'GET', '/v2.0/networks?name=c-nothing', undefined, withToken),
    neutron('it changes nothing', 'POST', '/v2.0/networks', { network: { name: 'c-late' } }, withToken),
    nova('it serves Nova no more', 'GET', '/v2.1/servers?name=c-nothing', undefined, withToken),
    glance('it serves Glance no more', 'GET', '/v2/images?name=c-nothing', undefined, withToken),
    keystone('its credential is still shown', 'GET', `${credentials}/{credential}`, undefined, { as: 'tenant' }),
    keystone('its credential goes', 'DELETE', `${credentials}/{credential}`, undefined, { as: 'tenant' }),
  ],
}
