import type { Effect, Facts, MachineState } from './types.ts'

/**
 * What the machine's step asks the outside to do, in this order. Source: execute_effects.csv; ours: boot attempts count for a degraded
 * resource too (its second member must not be booted without end).
 */
export function effectsOf(machine: MachineState, facts: Facts): readonly Effect[] {
  switch (machine.step) {
    case 'CalcAction':
    case 'PushUpdate':
    case 'Exit':
      return []
    case 'Alive':
    case 'CheckBoot':
      return ['update_state']
    case 'CreateInstance': {
      // No verdict on a degraded resource while the last of its boots is still on its way (it is looked at through this step).
      const underWay = facts.instanceState === 'degraded' && facts.waiting === true
      return facts.bootAttempts >= facts.rebootErrorThreshold && !underWay ? ['set_error'] : ['boot']
    }
    case 'ConfigureInstance':
      return ['configure']
    case 'ReplugInstance':
      return ['replug']
    case 'StopInstance':
      return ['stop']
    case 'RebuildInstance':
      return facts.instanceState === 'gone' ? ['stop'] : ['stop', 'reset_boot_counter']
    case 'ClearError':
      return ['clear_error']
    case 'ReadStats':
      return ['read_stats', 'report_bandwidth']
  }
}
