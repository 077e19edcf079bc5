import type { InstanceState } from '../../contract/index.ts'

/** What is known of one server. */
export interface Seen {
  readonly hasManagement: boolean
  readonly alive: boolean
}

export interface Judgement {
  readonly state: InstanceState
  /** Those that do not answer are no instances any more. */
  readonly dropDead: boolean
  /** The resource is well: earlier boots do not count any more. */
  readonly resetBootCounter: boolean
}

/**
 * The state that follows from what Neutron, Nova and the appliances say (vectors: update_state.csv). Pure. `gone` is decided before: here the
 * resource exists, so a prior `gone` counts as `booting`.
 */
export function judgeState(prior: InstanceState, required: number, servers: readonly Seen[]): Judgement {
  const alive = servers.filter((server) => server.alive).length
  const plain = (state: InstanceState): Judgement => ({ state, dropDead: false, resetBootCounter: false })
  if (servers.length === 0) return plain('down')
  if (servers.length < required) return plain('degraded')
  if (!servers.some((server) => server.hasManagement)) return plain('booting')
  if (alive === 0) {
    if (prior === 'configured') return plain('down')
    return plain(prior === 'gone' ? 'booting' : prior)
  }
  if (alive < servers.length) return { ...plain('degraded'), dropDead: prior === 'configured' }
  if (prior === 'configured') return { state: 'configured', dropDead: false, resetBootCounter: true }
  return plain('up')
}
