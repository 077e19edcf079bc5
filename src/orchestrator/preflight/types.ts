import type { Config } from '../../config/index.ts'
import type { CheckLine } from '../../contract/index.ts'
import type { BrokerAnswer, BrokerProbeOptions } from '../../messaging/index.ts'
import type { OpenStack, ServiceRoots } from '../../openstack/index.ts'
import type { Clock } from '../../shared/index.ts'

/** What the checks ask. */
export interface PreflightDeps {
  readonly config: Config
  readonly openstack: OpenStack & ServiceRoots
  /** Knocks at the message brokers. */
  readonly brokers: (options: BrokerProbeOptions) => Promise<readonly BrokerAnswer[]>
  readonly clock: Clock
}

/** A check under way. */
export interface CheckContext extends PreflightDeps {
  /** Aborts when the check's time is over. */
  readonly signal: AbortSignal
}

/** One thing to look at. It never writes anything anywhere. */
export interface Check {
  /** Of its lines when it fails altogether. */
  readonly name: string
  run(context: CheckContext): Promise<readonly CheckLine[]>
}
