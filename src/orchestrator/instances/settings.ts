/** The option values that instances need. Times are milliseconds. */
export interface InstanceSettings {
  /** As which host's L3 agent Neutron schedules routers to us; null: to nobody, and every router is ours. */
  readonly agentHost: string | null
  readonly managementNetworkId: string
  /** Subnet of that network in which instances get their address; null: whichever Neutron takes. */
  readonly managementSubnetId?: string | null
  /** Management addresses outside of it are refused. */
  readonly managementPrefix: string
  /** `neutron_port_security_extension_enabled`. */
  readonly portSecurity: boolean
  /** `legacy_fallback_mode`: ports named AKANDA:… are ours too. */
  readonly legacyFallback: boolean
  readonly maxRetries: number
  readonly retryDelayMs: number
  readonly bootTimeoutMs: number
  readonly bootCheckIntervalMs: number
  /** `alive_timeout`. */
  readonly aliveTimeoutMs: number
  readonly hotplugTimeoutMs: number
  readonly errorCooldownMs: number
  readonly rebootErrorThreshold: number
  /** Name of the program that an appliance runs first, in /usr/local/bin. */
  readonly bootCommand: string
  /** Content of the operator's public key file; null: none. */
  readonly sshPublicKey: string | null
}
