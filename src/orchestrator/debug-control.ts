import type { DebugState } from '../contract/index.ts'
import { AstaraError } from '../shared/index.ts'
import type { DebugOrder, DebugTarget } from './api/index.ts'
import type { CommandEvent } from './events/index.ts'
import type { AuditRecord, DebugBook } from './store/index.ts'

export interface DebugControlOptions {
  readonly book: DebugBook
  /** Something is managed again: what was missed meanwhile must be found (new resources, deleted ones). */
  readonly reconcile: (why: string) => void
}

/** Turns debug modes on and off, by whichever way it was asked. */
export interface DebugControl {
  /** Answers with all modes in force. What is on (off) already stays so. */
  set(target: DebugTarget, order: DebugOrder, via: AuditRecord['via']): DebugState
  /**
   * The original's commands. `*` and `error` end modes of many, they never begin one.
   *
   * @throws AstaraError `refused`
   */
  obey(event: CommandEvent): void
}

const nameOf = (target: DebugTarget): string => (target.scope === 'global' ? 'global' : `${target.scope} ${target.id}`)

export function createDebugControl({ book, reconcile }: DebugControlOptions): DebugControl {
  const set: DebugControl['set'] = (target, { enabled, by, reason }, via) => {
    book.audit({ action: enabled ? 'debug' : 'manage', target: nameOf(target), via, by, reason })
    if (enabled) book.hold(target, { by, reason })
    else if (book.release(target, { by, reason })) reconcile(`debug mode of ${nameOf(target)} ended`)
    return book.state
  }

  const isWild = (id: string): boolean => id === '*' || id === 'error'

  return {
    set,
    obey({ command, resourceId, tenantId, enabled, reason, by = null }) {
      const order = { enabled: command === 'global-debug' ? enabled === true : command.endsWith('-debug'), by, reason }
      const scope = command.startsWith('resource') ? 'resource' : command.startsWith('tenant') ? 'tenant' : 'global'
      if (scope === 'global') {
        set({ scope }, order, 'amqp')
        return
      }
      const id = scope === 'resource' ? resourceId : tenantId
      if (id === null) throw new AstaraError('bad_request', `${command} names nobody`)
      if (!isWild(id)) {
        set({ scope, id }, order, 'amqp')
        return
      }
      if (order.enabled) throw new AstaraError('refused', 'debug mode takes one id, not a wildcard')
      const { resources, tenants } = book.state
      const held = scope === 'resource' ? resources.map((one) => one.resource_id) : tenants.map((one) => one.tenant_id)
      for (const one of held) set({ scope, id: one }, order, 'amqp')
    },
  }
}
