import type { ActResult } from '../../../cli/ctl/index.ts'
import { CtlCommand, imageFlag, reasonFlags, selectionFlags, targetsArg, waitFlag } from '../../../cli/index.ts'

/** Rebuilds resources. */
export default class ResourceRebuild extends CtlCommand {
  static override summary = 'Replace the instances of resources by new ones.'
  static override description =
    'Traffic stops until the new instance is configured, so it asks first; more than one takes a typed word. --yes answers for scripts. ' +
    'An image is looked up in Glance before anything is rebuilt, and stays until a rebuild without one.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-resource --yes --reason "kernel update" --wait',
    '<%= config.bin %> <%= command.id %> 5f3c --image-uuid 7c9e6679-7425-40de-944b-e07fc1f90ae7',
    '<%= config.bin %> <%= command.id %> --state error --yes',
  ]
  static override args = { resource: targetsArg(true) }
  static override flags = { ...reasonFlags, ...selectionFlags, ...imageFlag, ...waitFlag }

  async run(): Promise<ActResult> {
    const { args, flags } = await this.parse(ResourceRebuild)
    return await this.withClient(flags, async (context) => {
      const { actOnSelection } = await import('../../../cli/ctl/index.ts')
      return await actOnSelection(context, 'rebuild', null, args.resource ?? [], flags)
    })
  }
}
