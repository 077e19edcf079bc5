/** The one behind a request: what a valid token says. */
export interface Caller {
  readonly userId: string
  readonly userName: string
  /** null for an unscoped token. */
  readonly projectId: string | null
  readonly projectName: string | null
  readonly roles: readonly string[]
  readonly isAdmin: boolean
  /** The token itself: RPC contexts carry it, as Neutron's do. */
  readonly token: string
  readonly requestId: string
}
