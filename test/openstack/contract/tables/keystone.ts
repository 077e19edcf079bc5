import { keystone, type Script } from '../engine/step.ts'

const user = (name: string, password = 'secret') => ({ name, password, domain: { id: 'default' } })
const identity = (given: Record<string, unknown>) => ({ methods: ['password'], password: { user: given } })
const project = (name: string) => ({ project: { name, domain: { name: 'Default' } } })
const nobody = { as: 'nobody' } as const
const tokens = '/v3/auth/tokens'

export const keystoneAuth: Script = {
  name: 'keystone auth',
  steps: [
    keystone('the version document', 'GET', '/v3', undefined, nobody),
    keystone('the list of versions', 'GET', '/', undefined, nobody),
    keystone(
      'password and project by names',
      'POST',
      tokens,
      {
        auth: { identity: identity(user('demo')), scope: project('demo') },
      },
      { ...nobody, save: { token: 'header:x-subject-token' } },
    ),
    keystone(
      'password and project by ids',
      'POST',
      tokens,
      {
        auth: {
          identity: identity({ id: '{tenantUser}', password: 'secret' }),
          scope: { project: { id: '{tenantProject}' } },
        },
      },
      nobody,
    ),
    keystone(
      'an administrator of a service project',
      'POST',
      tokens,
      {
        auth: { identity: identity(user('astara')), scope: project('service') },
      },
      nobody,
    ),
    keystone(
      'without a catalog',
      'POST',
      `${tokens}?nocatalog`,
      {
        auth: { identity: identity(user('demo')), scope: project('demo') },
      },
      nobody,
    ),
    keystone('without a scope', 'POST', tokens, { auth: { identity: identity(user('demo')) } }, nobody),
    keystone(
      'by a token',
      'POST',
      tokens,
      {
        auth: { identity: { methods: ['token'], token: { id: '{token}' } }, scope: project('demo') },
      },
      nobody,
    ),
    keystone(
      'by a worthless token',
      'POST',
      tokens,
      {
        auth: { identity: { methods: ['token'], token: { id: 'worthless' } }, scope: project('demo') },
      },
      nobody,
    ),
    keystone(
      'a wrong password',
      'POST',
      tokens,
      {
        auth: { identity: identity(user('demo', 'wrong')), scope: project('demo') },
      },
      nobody,
    ),
    keystone(
      'an unknown user',
      'POST',
      tokens,
      {
        auth: { identity: identity(user('c-nobody')), scope: project('demo') },
      },
      nobody,
    ),
    keystone(
      'an unknown project',
      'POST',
      tokens,
      {
        auth: { identity: identity(user('demo')), scope: project('c-nothing') },
      },
      nobody,
    ),
    keystone(
      'a project of others',
      'POST',
      tokens,
      {
        auth: { identity: identity(user('demo')), scope: project('service') },
      },
      nobody,
    ),
    keystone('no body', 'POST', tokens, undefined, nobody),
    keystone('a body that is not JSON', 'POST', tokens, undefined, { ...nobody, raw: '{"auth":' }),
    keystone('a body without auth', 'POST', tokens, {}, nobody),
    keystone('an unknown method', 'POST', tokens, { auth: { identity: { methods: ['telepathy'] } } }, nobody),
    keystone('show a token', 'GET', tokens, undefined, { as: 'service', headers: { 'X-Subject-Token': '{token}' } }),
    keystone('is a token good', 'HEAD', tokens, undefined, {
      as: 'service',
      headers: { 'X-Subject-Token': '{token}' },
    }),
    keystone('show one’s own token', 'GET', tokens, undefined, {
      ...nobody,
      headers: { 'X-Auth-Token': '{token}', 'X-Subject-Token': '{token}' },
    }),
    keystone('show a worthless token', 'GET', tokens, undefined, {
      as: 'service',
      headers: { 'X-Subject-Token': 'worthless' },
    }),
    keystone('show a token with a worthless one', 'GET', tokens, undefined, {
      as: 'stranger',
      headers: { 'X-Subject-Token': '{token}' },
    }),
    keystone('revoke a token', 'DELETE', tokens, undefined, {
      ...nobody,
      headers: { 'X-Auth-Token': '{token}', 'X-Subject-Token': '{token}' },
    }),
    keystone('show a revoked token', 'GET', tokens, undefined, {
      as: 'service',
      headers: { 'X-Subject-Token': '{token}' },
    }),
    keystone('use a revoked token', 'GET', '/v3/auth/projects', undefined, {
      ...nobody,
      headers: { 'X-Auth-Token': '{token}' },
    }),
  ],
}

export const keystoneAccounts: Script = {
  name: 'keystone accounts',
  steps: [
    keystone('the catalog', 'GET', '/v3/auth/catalog', undefined, { as: 'tenant' }),
    keystone('my projects', 'GET', '/v3/auth/projects', undefined, { as: 'tenant' }),
    keystone('a project by name', 'GET', '/v3/projects?name=demo', undefined, { as: 'admin' }),
    keystone('a project', 'GET', '/v3/projects/{tenantProject}', undefined, { as: 'admin' }),
    keystone('an unknown project', 'GET', '/v3/projects/00000000000000000000000000000000', undefined, { as: 'admin' }),
    keystone('a user', 'GET', '/v3/users/{tenantUser}', undefined, { as: 'admin' }),
    keystone('myself', 'GET', '/v3/users/{tenantUser}', undefined, { as: 'tenant' }),
    keystone('users, as a tenant', 'GET', '/v3/users', undefined, { as: 'tenant' }),
    keystone('the regions', 'GET', '/v3/regions', undefined, { as: 'admin' }),
    keystone('an unknown path', 'GET', '/v3/c-nothing', undefined, { as: 'admin' }),
    keystone('without a token', 'GET', '/v3/projects', undefined, nobody),
    keystone(
      'an application credential',
      'POST',
      '/v3/users/{tenantUser}/application_credentials',
      {
        application_credential: { name: 'c-credential', secret: 'c-secret-c' },
      },
      { as: 'tenant', save: { credential: 'application_credential.id' } },
    ),
    keystone(
      'log in with it',
      'POST',
      tokens,
      {
        auth: {
          identity: {
            methods: ['application_credential'],
            application_credential: { id: '{credential}', secret: 'c-secret-c' },
          },
        },
      },
      nobody,
    ),
    keystone(
      'log in with it and a wrong secret',
      'POST',
      tokens,
      {
        auth: {
          identity: {
            methods: ['application_credential'],
            application_credential: { id: '{credential}', secret: 'wrong' },
          },
        },
      },
      nobody,
    ),
    keystone('show it', 'GET', '/v3/users/{tenantUser}/application_credentials/{credential}', undefined, {
      as: 'tenant',
    }),
    keystone('delete it', 'DELETE', '/v3/users/{tenantUser}/application_credentials/{credential}', undefined, {
      as: 'tenant',
    }),
    keystone(
      'show it when it is gone',
      'GET',
      '/v3/users/{tenantUser}/application_credentials/{credential}',
      undefined,
      {
        as: 'tenant',
      },
    ),
  ],
}
