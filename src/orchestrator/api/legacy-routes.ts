import type { FastifyInstance } from 'fastify'
import type { ResourceEvent } from '../events/index.ts'
import { inTime } from './in-time.ts'
import { type LegacyCommand, parseLegacyCommand, pathWords } from './legacy-command.ts'
import type { OrchestratorPort } from './port.ts'
import { operatorOf } from './request.ts'

type ToMany = Extract<LegacyCommand, { kind: 'resource' }> & { readonly verb: 'update' | 'rebuild' }

const toMany = ({ driver, verb, target, imageUuid, reason }: ToMany, by: string | null): ResourceEvent => ({
  kind: 'resource',
  driver,
  resourceId: target,
  tenantId: '*',
  tenantFrom: 'payload',
  action: verb,
  priority: 'operator',
  source: 'api',
  type: `${driver ?? 'resource'}-${verb}`,
  hints: null,
  imageUuid,
  reason,
  by,
  force: true,
})

const isToMany = (command: LegacyCommand): command is ToMany =>
  command.kind === 'resource' && (command.target === '*' || command.target === 'error')

async function obey(
  command: LegacyCommand,
  port: OrchestratorPort,
  by: string | null,
  signal: AbortSignal,
): Promise<object> {
  if (isToMany(command)) return { accepted: true, ...(await port.command(toMany(command, by), signal)) }
  switch (command.kind) {
    case 'poll':
      return { accepted: true, resources: await port.poll(signal, by) }
    case 'workers-debug':
      return { workers: await port.workers(signal) }
    case 'config-reload':
      return await port.reload(by)
    case 'resource': {
      const { verb: action, driver, imageUuid, reason } = command
      const asked = { action, driver, imageUuid, reason, by }
      return { accepted: true, resource: await port.act(command.target, asked, signal) }
    }
    case 'tenant': {
      const order = { enabled: command.verb === 'debug', reason: command.reason, by }
      return { accepted: true, debug: await port.setDebug({ scope: 'tenant', id: command.tenantId }, order) }
    }
    case 'global-debug': {
      const { enabled, reason } = command
      return { accepted: true, debug: await port.setDebug({ scope: 'global' }, { enabled, reason, by }) }
    }
  }
}

/** The original's API: `PUT` a command as the path, 200 when it was done. */
export function legacyRoutes(app: FastifyInstance, port: OrchestratorPort): void {
  app.put('/*', (request, reply) => {
    const query = request.query as Readonly<Record<string, unknown>>
    const command = parseLegacyCommand(pathWords(request.url), query, request.body)
    return inTime(reply, (signal) => obey(command, port, operatorOf(request), signal))
  })
}
