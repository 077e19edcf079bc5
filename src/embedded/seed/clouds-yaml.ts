import { REGION } from '../identity/catalog.ts'
import { PASSWORD, type Tenant } from './accounts.ts'

/** With thousands of tenants a file with a cloud for each is of no use to anybody. */
const MAX_TENANTS = 50

function cloud(
  name: string,
  init: { readonly keystoneUrl: string; readonly user: string; readonly project: string },
): string {
  return `  ${name}:
    auth:
      auth_url: ${init.keystoneUrl}/v3
      username: ${init.user}
      password: ${PASSWORD}
      project_name: ${init.project}
      user_domain_name: Default
      project_domain_name: Default
    region_name: ${REGION}
    identity_api_version: 3
`
}

/** A `clouds.yaml` with `astara-embedded` (the administrator) and a cloud for each tenant. */
export function cloudsYaml(keystoneUrl: string, tenants: readonly Tenant[]): string {
  const listed = tenants.slice(0, MAX_TENANTS)
  return [
    'clouds:\n',
    cloud('astara-embedded', { keystoneUrl, user: 'admin', project: 'admin' }),
    ...listed.map((tenant) => cloud(tenant.name, { keystoneUrl, user: tenant.userName, project: tenant.name })),
  ].join('')
}
