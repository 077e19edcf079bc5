/** One part of a change: what it does, for people, and how. */
export interface Step {
  /** The part that is named when it fails: `firewall.v4`, `addresses`, `dnsmasq`… */
  readonly name: string
  readonly changes: readonly string[]
  run(): Promise<void>
}
