import type { Caller } from '../identity/caller.ts'
import type { Identity, Project, User } from '../identity/identity.ts'

/** Everybody's password: this cloud guards nothing. */
export const PASSWORD = 'secret'

/** A project with a member of its own. */
export interface Tenant {
  readonly id: string
  readonly name: string
  readonly userName: string
}

export interface Accounts {
  readonly admin: { readonly user: User; readonly project: Project }
  /** The orchestrator's: user `astara` of project `service`. */
  readonly orchestrator: { readonly user: User; readonly project: Project }
  readonly tenants: readonly Tenant[]
}

/** Makes the accounts that every cloud has, and `tenants` tenants. */
export function seedAccounts(identity: Identity, tenants: number): Accounts {
  const adminProject = identity.createProject('admin', 'Administrators')
  const serviceProject = identity.createProject('service', 'Services of the cloud')
  const admin = identity.createUser('admin', PASSWORD)
  identity.grant(admin, adminProject, ['reader', 'member', 'admin'])
  const orchestrator = identity.createUser('astara', PASSWORD)
  identity.grant(orchestrator, serviceProject, ['reader', 'member', 'service', 'admin'])
  for (const name of ['neutron', 'nova']) {
    identity.grant(identity.createUser(name, PASSWORD), serviceProject, ['member', 'service', 'reader', 'admin'])
  }
  return {
    admin: { user: admin, project: adminProject },
    orchestrator: { user: orchestrator, project: serviceProject },
    tenants: Array.from({ length: tenants }, (_, index) => {
      const name = `tenant-${index + 1}`
      const project = identity.createProject(name)
      identity.grant(identity.createUser(name, PASSWORD), project, ['reader', 'member'])
      identity.grant(admin, project, ['reader', 'member', 'admin'])
      return { id: project.id, name, userName: name }
    }),
  }
}

/** A caller for seeding, in the name of one project. */
export function seedCaller(project: { readonly id: string; readonly name: string }): Caller {
  return {
    userId: '',
    userName: 'seed',
    projectId: project.id,
    projectName: project.name,
    roles: ['admin'],
    isAdmin: true,
    token: '',
    requestId: 'req-seed',
  }
}
