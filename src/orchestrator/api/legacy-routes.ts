import type { FastifyInstance } from 'fastify'
import type { CommandEvent, ResourceEvent } from '../events/index.ts'
import { type LegacyCommand, parseLegacyCommand, pathWords } from './legacy-command.ts'
import type { OrchestratorPort } from './port.ts'

const instruction = (
  command: CommandEvent['command'],
  particulars: Partial<Omit<CommandEvent, 'kind' | 'command'>> = {},
): CommandEvent => ({
  kind: 'command',
  command,
  resourceId: null,
  tenantId: null,
  enabled: null,
  reason: null,
  ...particulars,
})

type ToMany = Extract<LegacyCommand, { kind: 'resource' }> & { readonly verb: 'update' | 'rebuild' }

const toMany = ({ driver, verb, target, imageUuid, reason }: ToMany): ResourceEvent => ({
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
  force: true,
})

const isToMany = (command: LegacyCommand): command is ToMany =>
  command.kind === 'resource' && (command.target === '*' || command.target === 'error')

async function obey(command: LegacyCommand, port: OrchestratorPort, signal: AbortSignal): Promise<object> {
  if (isToMany(command)) return { accepted: true, ...(await port.command(toMany(command), signal)) }
  switch (command.kind) {
    case 'poll':
      return { accepted: true, resources: await port.poll(signal) }
    case 'workers-debug':
      return { workers: await port.workers(signal) }
    case 'config-reload':
      return { accepted: true, ...(await port.command(instruction('config-reload'), signal)) }
    case 'resource': {
      const { verb: action, driver, imageUuid, reason } = command
      return { accepted: true, resource: await port.act(command.target, { action, driver, imageUuid, reason }, signal) }
    }
    case 'tenant': {
      const { tenantId, reason } = command
      return {
        accepted: true,
        ...(await port.command(instruction(`tenant-${command.verb}`, { tenantId, reason }), signal)),
      }
    }
    case 'global-debug': {
      const { enabled, reason } = command
      return { accepted: true, ...(await port.command(instruction('global-debug', { enabled, reason }), signal)) }
    }
  }
}

/** The original's API: `PUT` a command as the path, 200 when it was done. */
export function legacyRoutes(app: FastifyInstance, port: OrchestratorPort): void {
  app.put('/*', (request) => {
    const query = request.query as Readonly<Record<string, unknown>>
    return obey(parseLegacyCommand(pathWords(request.url), query, request.body), port, request.signal)
  })
}
