import type { Step } from '../../contract/index.ts'
import { AstaraError, type Clock, type Logger } from '../../shared/index.ts'
import type { InstanceManager } from '../instances/index.ts'
import type { Gate } from './gate.ts'
import type { Inspector } from './inspect.ts'
import type { DebugCall, InspectionKind } from './types.ts'

export interface DebuggerOptions {
  readonly resourceId: string
  readonly tenantId: string
  readonly makeManager: () => InstanceManager
  /** Everything that the managers do outside goes through it. */
  readonly gate: Gate
  readonly inspector?: Inspector
  /**
   * Asked before each step: throws when this debugger may not touch the resource (any more). Not asked while every write is refused.
   */
  readonly guard?: (signal: AbortSignal) => Promise<void>
  /** The configuration that the orchestrator pushed last, to compare the first one of this session with; null: none known. */
  readonly baseline?: (signal: AbortSignal) => Promise<unknown>
  readonly clock: Clock
  readonly logger: Logger
  readonly onChange?: () => void
}

/** What is under way. */
export interface Running {
  readonly what: 'look' | Step | InspectionKind
  /** Milliseconds since the epoch. */
  readonly since: number
  readonly calls: readonly DebugCall[]
}

export const busy = (): AstaraError => new AstaraError('refused', 'a step is under way')
