import { string } from '@oclif/core/args'
import type { ActResult } from '../../../cli/ctl/index.ts'
import { CtlCommand, reasonFlags, tenantFlag } from '../../../cli/index.ts'

/** Updates one router, or many. */
export default class RouterUpdate extends CtlCommand {
  static override summary = 'Look at a router again and push its configuration, changed or not.'
  static override description =
    '`*` means all and `error` all in error state: both only with --yes. The command ends when the update is queued.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-router --reason "routes look stale" --json',
    '<%= config.bin %> <%= command.id %> error --yes',
    '<%= config.bin %> <%= command.id %> 7c9e6679-7425-40de-944b-e07fc1f90ae7 --via amqp --config-file /etc/astara/orchestrator.ini',
  ]
  static override args = {
    router: string({
      required: true,
      description: 'Id, unique beginning of an id, or name; * (all) or error (all in error).',
    }),
  }
  static override flags = { ...reasonFlags, ...tenantFlag }

  async run(): Promise<ActResult> {
    const { args, flags } = await this.parse(RouterUpdate)
    return await this.withClient(flags, async (context) => {
      const { actOnResource } = await import('../../../cli/ctl/index.ts')
      return await actOnResource(context, {
        text: args.router,
        action: 'update',
        driver: 'router',
        reason: flags.reason,
        tenantId: flags['tenant-id'],
        yes: flags.yes,
        json: flags.json,
      })
    })
  }
}
