import type { Rest } from './rest.ts'
import { RestError } from './rest-error.ts'

/** Opens a project's default security group: what reaches a machine is a matter of its router here. */
export async function openIngress(member: Rest, projectId: string): Promise<void> {
  // An administrator is shown those of all projects.
  const { security_groups: groups } = await member('GET', `v2.0/security-groups?name=default&project_id=${projectId}`)
  for (const ethertype of ['IPv4', 'IPv6']) {
    const rule = { security_group_id: groups[0].id, direction: 'ingress', ethertype }
    await member('POST', 'v2.0/security-group-rules', { security_group_rule: rule }).catch((error: unknown) => {
      if (!(error instanceof RestError && error.status === 409)) throw error
    })
  }
}
