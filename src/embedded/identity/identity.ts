import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../shared/index.ts'
import { ApiError } from '../http/api-error.ts'
import type { Ids } from '../ids.ts'
import type { Caller } from './caller.ts'

export interface Project {
  readonly id: string
  name: string
  description: string
  enabled: boolean
}

export interface User {
  readonly id: string
  name: string
  password: string
  enabled: boolean
  defaultProjectId: string | null
  /** Role names by project id. */
  readonly roles: Map<string, Set<string>>
}

export interface ApplicationCredential {
  readonly id: string
  readonly name: string
  readonly secret: string
  readonly userId: string
  readonly projectId: string
  readonly roles: readonly string[]
  readonly description: string | null
  /** Its tokens end with it; null when it does not end. */
  readonly expiresAt: number | null
}

export interface Token {
  readonly value: string
  readonly user: User
  readonly project: Project | null
  readonly methods: readonly string[]
  readonly roles: readonly string[]
  /** Its own, and that of the first token it comes from. */
  readonly auditIds: readonly string[]
  /** The application credential by which it was got. */
  readonly credential: ApplicationCredential | null
  readonly issuedAt: number
  readonly expiresAt: number
}

/** The one domain there is. */
export const DOMAIN = { id: 'default', name: 'Default' } as const
export const ROLES = ['reader', 'member', 'service', 'admin'] as const

/** How a token is got. */
export interface HowIssued {
  readonly methods: readonly string[]
  /** Default: those the user has in the project. */
  readonly roles?: readonly string[]
  readonly credential?: ApplicationCredential
  readonly parentAuditId?: string | undefined
}

/** An administrator is a member too, and a member a reader. */
function withImplied(roles: ReadonlySet<string>): readonly string[] {
  const isMember = roles.has('member') || roles.has('admin')
  return [...new Set([...roles, ...(isMember ? ['member', 'reader'] : [])])]
}

const MAX_TOKENS = 20_000

function same(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Users, projects, roles and tokens, in memory. */
export class Identity {
  readonly projects = new Map<string, Project>()
  readonly users = new Map<string, User>()
  readonly credentials = new Map<string, ApplicationCredential>()
  readonly roleIds: ReadonlyMap<string, string>
  readonly #projectsByName = new Map<string, Project>()
  readonly #usersByName = new Map<string, User>()
  readonly #tokens = new Map<string, Token>()
  readonly #clock: Clock
  readonly #ids: Ids
  readonly #lifetimeMs: number

  constructor(deps: { readonly clock: Clock; readonly ids: Ids; readonly tokenLifetimeMs: number }) {
    this.#clock = deps.clock
    this.#ids = deps.ids
    this.#lifetimeMs = deps.tokenLifetimeMs
    this.roleIds = new Map(ROLES.map((name) => [name, deps.ids.hex()]))
  }

  createProject(name: string, description = ''): Project {
    if (this.#projectsByName.has(name)) {
      throw new ApiError(
        409,
        'Conflict',
        `Conflict occurred attempting to store project - it is not permitted to have two projects with the same name in the same domain : ${name}.`,
      )
    }
    const project: Project = { id: this.#ids.hex(), name, description, enabled: true }
    this.projects.set(project.id, project)
    this.#projectsByName.set(name, project)
    return project
  }

  renameProject(project: Project, name: string): void {
    this.#projectsByName.delete(project.name)
    project.name = name
    this.#projectsByName.set(name, project)
  }

  deleteProject(project: Project): void {
    this.projects.delete(project.id)
    this.#projectsByName.delete(project.name)
    for (const [value, token] of this.#tokens) if (token.project === project) this.#tokens.delete(value)
  }

  createUser(name: string, password: string, defaultProjectId: string | null = null): User {
    if (this.#usersByName.has(name)) {
      throw new ApiError(
        409,
        'Conflict',
        `Conflict occurred attempting to store user - Duplicate entry found with name ${name} at domain ID default.`,
      )
    }
    const user: User = { id: this.#ids.hex(), name, password, enabled: true, defaultProjectId, roles: new Map() }
    this.users.set(user.id, user)
    this.#usersByName.set(name, user)
    return user
  }

  deleteUser(user: User): void {
    this.users.delete(user.id)
    this.#usersByName.delete(user.name)
    for (const [value, token] of this.#tokens) if (token.user === user) this.#tokens.delete(value)
  }

  grant(user: User, project: Project, roles: readonly string[]): void {
    const held = user.roles.get(project.id) ?? new Set()
    for (const role of roles) held.add(role)
    user.roles.set(project.id, held)
  }

  projectNamed(name: string): Project | undefined {
    return this.#projectsByName.get(name)
  }

  userNamed(name: string): User | undefined {
    return this.#usersByName.get(name)
  }

  /** The user if the password is right; null otherwise, without saying which was wrong. */
  verifyPassword(user: User | undefined, password: string): User | null {
    return user?.enabled && same(user.password, password) ? user : null
  }

  verifyCredential(credential: ApplicationCredential | undefined, secret: string): ApplicationCredential | null {
    if (!credential || (credential.expiresAt ?? Infinity) <= this.#clock.now()) return null
    return same(credential.secret, secret) ? credential : null
  }

  issue(user: User, project: Project | null, how: HowIssued): Token {
    this.#forgetExpired()
    const now = this.#clock.now()
    const token: Token = {
      value: `gAAAAA${this.#ids.hex()}${this.#ids.hex()}`,
      user,
      project,
      methods: how.methods,
      roles: how.roles ?? (project ? withImplied(user.roles.get(project.id) ?? new Set()) : []),
      auditIds: [
        Buffer.from(this.#ids.hex(), 'hex').toString('base64url'),
        ...(how.parentAuditId === undefined ? [] : [how.parentAuditId]),
      ],
      credential: how.credential ?? null,
      issuedAt: now,
      expiresAt: Math.min(now + this.#lifetimeMs, how.credential?.expiresAt ?? Infinity),
    }
    this.#tokens.set(token.value, token)
    return token
  }

  /** The token if it is still good. */
  token(value: string | undefined): Token | null {
    const token = this.tokenEvenExpired(value)
    return token && token.expiresAt > this.#clock.now() ? token : null
  }

  /** The token if it is, or was, good: services may ask so for work that takes longer than a token's life. */
  tokenEvenExpired(value: string | undefined): Token | null {
    return (value === undefined ? undefined : this.#tokens.get(value)) ?? null
  }

  revoke(value: string): void {
    this.#tokens.delete(value)
  }

  /** Makes every token given out so far worthless, as a rotation of Keystone's keys does. */
  revokeAll(): void {
    this.#tokens.clear()
  }

  callerOf(value: string | undefined, requestId: string): Caller | null {
    const token = this.token(value)
    if (!token) return null
    return {
      userId: token.user.id,
      userName: token.user.name,
      projectId: token.project?.id ?? null,
      projectName: token.project?.name ?? null,
      roles: token.roles,
      isAdmin: token.roles.includes('admin'),
      token: token.value,
      requestId,
    }
  }

  /** A caller for what the cloud's own services do (Nova towards Neutron). */
  serviceCaller(userName: string, requestId: string): Caller {
    const user = this.#usersByName.get(userName)
    const project = this.#projectsByName.get('service')
    return {
      userId: user?.id ?? '',
      userName,
      projectId: project?.id ?? null,
      projectName: project?.name ?? null,
      roles: ['member', 'service', 'reader', 'admin'],
      isAdmin: true,
      token: '',
      requestId,
    }
  }

  #forgetExpired(): void {
    if (this.#tokens.size < MAX_TOKENS) return
    const now = this.#clock.now()
    for (const [value, token] of this.#tokens) if (token.expiresAt <= now) this.#tokens.delete(value)
    for (const value of this.#tokens.keys()) {
      if (this.#tokens.size < MAX_TOKENS) break
      this.#tokens.delete(value)
    }
  }
}
