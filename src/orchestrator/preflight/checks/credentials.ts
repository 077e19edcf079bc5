import type { CheckLine } from '../../../contract/index.ts'
import { failed, ok, warning } from '../lines.ts'
import type { Check, CheckContext } from '../types.ts'

/** Keystone lets us in, and the roles suffice. */
export const credentials: Check = {
  name: 'credentials',
  async run(context) {
    const { openstack, config, signal } = context
    const { auth_url: url, username, user_id: userId, application_credential_name: name } = config.keystone_authtoken
    const { projectId, roles = [] } = await openstack.authenticate({ signal })
    const who = username ?? userId ?? name ?? 'the application credential'
    const entered = ok('credentials', `${who} at ${url ?? ''}, project ${projectId ?? 'none'}`)
    if (projectId === null) {
      return [
        failed(
          'credentials',
          `${who} has a token without a project`,
          'Set [keystone_authtoken] project_name, or project_id.',
        ),
      ]
    }
    return [entered, await rolesLine(context, who, projectId, roles)]
  },
}

async function rolesLine(
  { openstack, signal }: CheckContext,
  who: string,
  projectId: string,
  roles: readonly string[],
): Promise<CheckLine> {
  const named = roles.length === 0 ? 'no role' : roles.join(', ')
  if (roles.includes('admin')) return ok('roles', named)
  const advice = `Give it the role: openstack role add --user ${who} --project ${projectId} admin`
  try {
    // What only an administrator may: to see the servers of all projects. A policy may allow it to others.
    await openstack.nova.listServers({ name: '^ak-none$', allTenants: true }, { signal })
  } catch {
    return failed('roles', `${named}: admin is needed to see and serve the routers of all projects`, advice)
  }
  return warning(
    'roles',
    `${named}: not admin, though Nova lets it see all projects; Neutron's policies must let it do the same`,
    advice,
  )
}
