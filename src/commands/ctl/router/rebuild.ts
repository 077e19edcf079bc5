import { string } from '@oclif/core/args'
import type { ActResult } from '../../../cli/ctl/index.ts'
import { CtlCommand, imageFlag, reasonFlags, tenantFlag } from '../../../cli/index.ts'

/** Rebuilds one router, or many. */
export default class RouterRebuild extends CtlCommand {
  static override summary = 'Replace the instances of a router by new ones.'
  static override description =
    'Its traffic stops until the new instance is configured, so it asks first; --yes answers yes. `*` means all and `error` ' +
    'all in error state: both only with --yes. The command ends when the rebuild is queued; watch it with `show`.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-router --yes --reason "kernel update"',
    '<%= config.bin %> <%= command.id %> 5f3c --image-uuid 7c9e6679-7425-40de-944b-e07fc1f90ae7',
    '<%= config.bin %> <%= command.id %> error --yes',
  ]
  static override args = {
    router: string({
      required: true,
      description: 'Id, unique beginning of an id, or name; * (all) or error (all in error).',
    }),
  }
  static override flags = { ...reasonFlags, ...imageFlag, ...tenantFlag }

  async run(): Promise<ActResult> {
    const { args, flags } = await this.parse(RouterRebuild)
    return await this.withClient(flags, async (context) => {
      const { actOnResource } = await import('../../../cli/ctl/index.ts')
      return await actOnResource(context, {
        text: args.router,
        action: 'rebuild',
        driver: 'router',
        reason: flags.reason,
        imageUuid: flags['image-uuid'],
        tenantId: flags['tenant-id'],
        yes: flags.yes,
        json: flags.json,
      })
    })
  }
}
