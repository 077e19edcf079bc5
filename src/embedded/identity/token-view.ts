import { isoMicros } from '../times.ts'
import type { CatalogService } from './catalog.ts'
import { DOMAIN, type Identity, type Token } from './identity.ts'

/** The `token` object of Keystone's answers. An unscoped token has neither project, roles nor catalog. */
export function viewToken(
  identity: Identity,
  token: Token,
  catalog: readonly CatalogService[] | null,
): Record<string, unknown> {
  const scoped = token.project
    ? {
        project: { domain: DOMAIN, id: token.project.id, name: token.project.name },
        is_domain: false,
        roles: token.roles.map((name) => ({ id: identity.roleIds.get(name) ?? name, name })),
        ...(catalog ? { catalog } : {}),
      }
    : {}
  return {
    methods: token.methods,
    user: { domain: DOMAIN, id: token.user.id, name: token.user.name, password_expires_at: null },
    audit_ids: token.auditIds,
    expires_at: isoMicros(token.expiresAt),
    issued_at: isoMicros(token.issuedAt),
    ...scoped,
    ...(token.credential
      ? { application_credential: { id: token.credential.id, name: token.credential.name, restricted: true } }
      : {}),
  }
}
