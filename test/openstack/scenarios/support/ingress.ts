import type { Rest } from './rest.ts'
import { RestError } from './rest-error.ts'

/**
 * Opens a project's default security group: what reaches a machine is a matter of its router here. Returns what closes it again.
 */
export async function openIngress(member: Rest, projectId: string): Promise<() => Promise<void>> {
  // An administrator is shown those of all projects.
  const { security_groups: groups } = await member('GET', `v2.0/security-groups?name=default&project_id=${projectId}`)
  const made: string[] = []
  for (const ethertype of ['IPv4', 'IPv6']) {
    const rule = { security_group_id: groups[0].id, direction: 'ingress', ethertype }
    try {
      const answer = await member('POST', 'v2.0/security-group-rules', { security_group_rule: rule })
      made.push(answer.security_group_rule.id)
    } catch (error) {
      if (!(error instanceof RestError && error.status === 409)) throw error
    }
  }
  return async () => {
    for (const id of made) await member('DELETE', `v2.0/security-group-rules/${id}`)
  }
}
