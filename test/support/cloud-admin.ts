import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { createOpenStack, type OpenStack } from '../../src/openstack/index.ts'

/** Plain requests to Neutron: what tenants do and our own client never does, such as making routers. */
export type NeutronRest = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<Readonly<Record<string, { readonly id: string }>>>

/** The administrator of a cloud, as its clouds.yaml knows them. */
export interface CloudAdmin {
  readonly openstack: OpenStack
  neutronRest(): Promise<NeutronRest>
}

interface CloudsAuth {
  readonly auth_url: string
  readonly username: string
  readonly password: string
  readonly project_name: string
  readonly user_domain_name: string
  readonly project_domain_name: string
}

/** Reads a clouds.yaml of an embedded cloud. */
export function cloudAdmin(cloudsFile: string): CloudAdmin {
  const auth: CloudsAuth = parse(readFileSync(cloudsFile, 'utf8')).clouds['astara-embedded'].auth
  return {
    openstack: createOpenStack({
      auth: {
        method: 'password',
        authUrl: auth.auth_url,
        username: auth.username,
        password: auth.password,
        projectName: auth.project_name,
        userDomainName: auth.user_domain_name,
        projectDomainName: auth.project_domain_name,
      },
    }),
    neutronRest: () => neutronRest(auth),
  }
}

async function neutronRest(auth: CloudsAuth): Promise<NeutronRest> {
  const answer = await fetch(`${auth.auth_url.replace(/\/v3\/?$/, '')}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: auth.username, password: auth.password, domain: { name: auth.user_domain_name } } },
        },
        scope: { project: { name: auth.project_name, domain: { name: auth.project_domain_name } } },
      },
    }),
  })
  const token = answer.headers.get('x-subject-token') ?? ''
  const { token: body } = (await answer.json()) as {
    token: { catalog: { type: string; endpoints: { interface: string; url: string }[] }[] }
  }
  const base = body.catalog.find((s) => s.type === 'network')?.endpoints.find((e) => e.interface === 'public')?.url
  return async (method, path, sent) => {
    const reply = await fetch(`${base}/v2.0/${path}`, {
      method,
      headers: { 'x-auth-token': token, 'content-type': 'application/json' },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    })
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`)
    return reply.status === 204 ? {} : ((await reply.json()) as Record<string, { id: string }>)
  }
}
