import type { ApplianceConfig } from '../../contract/index.ts'
import { ApplianceError } from './appliance-client/index.ts'
import type { Member } from './group.ts'
import { called, type Scope, targetOf } from './scope.ts'
import type { PassContext } from './types.ts'

/** A configuration for one member. */
export interface Push {
  readonly member: Member
  readonly config: ApplianceConfig
  readonly fingerprint: string
}

export type PushResult =
  | { readonly kind: 'accepted' }
  /** Equal to what it accepted last. */
  | { readonly kind: 'unchanged' }
  /** The appliance refused the content; the same again would be refused again. */
  | { readonly kind: 'rejected'; readonly error: ApplianceError }
  | { readonly kind: 'failed'; readonly error: ApplianceError }

/** Pushes to all members at once. Never throws except for the signal's reason. Notes in each member what came of it. */
export async function pushAll(
  scope: Scope,
  context: PassContext,
  pushes: readonly Push[],
): Promise<ReadonlyMap<string, PushResult>> {
  return new Map(
    await Promise.all(pushes.map(async (push) => [push.member.id, await pushOne(scope, context, push)] as const)),
  )
}

async function pushOne(scope: Scope, context: PassContext, push: Push): Promise<PushResult> {
  const { member, fingerprint } = push
  const tell = (result: PushResult['kind']): void =>
    context.onConfig?.({ instanceId: member.id, fingerprint, config: push.config, result })
  if (!context.force && member.accepted === fingerprint) {
    tell('unchanged')
    return { kind: 'unchanged' }
  }
  // From here on until it answers, nobody knows which configuration is in force.
  member.accepted = null
  const result = await tryPush(scope, context, push)
  member.pushFailures = result.kind === 'failed' ? member.pushFailures + 1 : 0
  if (result.kind === 'accepted') {
    member.accepted = fingerprint
    member.everConfigured = true
  }
  tell(result.kind)
  // Never the content: it may hold pre-shared keys.
  scope.log.info(
    { instance_id: member.id, result: result.kind, config_fingerprint: fingerprint },
    'configuration pushed',
  )
  return result
}

async function tryPush(scope: Scope, context: PassContext, { member, config }: Push): Promise<PushResult> {
  const { appliance, clock, settings } = scope.deps
  const target = targetOf(scope, member)
  const { signal } = context
  for (let tries = 1; ; tries += 1) {
    try {
      if (target === null) throw new ApplianceError('PUT config', { status: null, reason: 'no management address' })
      await called(scope, context, 'appliance', 'PUT /v1/system/config', () =>
        appliance.configure(target, config, { signal }),
      )
      return { kind: 'accepted' }
    } catch (error) {
      if (!(error instanceof ApplianceError)) throw error
      if (error.rejected) return { kind: 'rejected', error }
      // A time-out is not tried again at once: it has held this pass long enough. The next pass does.
      if (error.timedOut || tries >= settings.maxRetries) return { kind: 'failed', error }
      await clock.sleep(settings.retryDelayMs, signal)
    }
  }
}
