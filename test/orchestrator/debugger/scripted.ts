import { Gate } from '../../../src/orchestrator/debugger/gate.ts'
import { Debugger, type DebuggerOptions } from '../../../src/orchestrator/debugger/index.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ScriptedManager, World } from '../../support/scripted-manager.ts'

export const ROUTER_ID = '5f3c1a52-8d0e-4f6b-9c1d-2a7e3b4c5d6f'

/** A debugger over a world that a test sets: no network, no time. */
export function scriptedDebugger(options: Partial<DebuggerOptions> & { readonly dryRun?: boolean } = {}) {
  const clock = new ManualClock()
  const world = new World()
  const { dryRun = false, onChange = () => {}, ...others } = options
  const debug = new Debugger({
    resourceId: ROUTER_ID,
    tenantId: '00000000-0000-0000-0000-0000000000aa',
    makeManager: () => new ScriptedManager(ROUTER_ID, world, clock),
    gate: new Gate({ clock, dryRun, onChange: () => onChange() }),
    clock,
    logger: silentLogger,
    onChange: () => onChange(),
    ...others,
  })
  return { debug, world, clock }
}
