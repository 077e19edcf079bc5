import { string } from '@oclif/core/args'
import type { ActResult } from '../../../cli/ctl/index.ts'
import { CtlCommand, reasonFlags } from '../../../cli/index.ts'

/** Updates one resource, or many. */
export default class ResourceUpdate extends CtlCommand {
  static override summary = 'Look at a resource again and push its configuration, changed or not.'
  static override description =
    '`*` means all and `error` all in error state: both only with --yes. The command ends when the update is queued.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-resource --reason "routes look stale" --json',
    '<%= config.bin %> <%= command.id %> error --yes',
  ]
  static override args = {
    resource: string({
      required: true,
      description: 'Id, unique beginning of an id, or name; * (all) or error (all in error).',
    }),
  }
  static override flags = { ...reasonFlags }

  async run(): Promise<ActResult> {
    const { args, flags } = await this.parse(ResourceUpdate)
    return await this.withClient(flags, async (context) => {
      const { actOnResource } = await import('../../../cli/ctl/index.ts')
      return await actOnResource(context, {
        text: args.resource,
        action: 'update',
        driver: null,
        reason: flags.reason,
        yes: flags.yes,
        json: flags.json,
      })
    })
  }
}
