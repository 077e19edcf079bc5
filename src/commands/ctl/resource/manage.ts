import type { ActResult } from '../../../cli/ctl/index.ts'
import { CtlCommand, reasonFlags, selectionFlags, targetsArg } from '../../../cli/index.ts'

/** Manages resources. */
export default class ResourceManage extends CtlCommand {
  static override summary = 'End the debug mode of resources, and look at them again.'
  static override description = 'A debug mode of its tenant or of everything stays in force.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-resource --reason "done" --json',
  ]
  static override args = { resource: targetsArg(false) }
  static override flags = { ...reasonFlags, ...selectionFlags }

  async run(): Promise<ActResult> {
    const { args, flags } = await this.parse(ResourceManage)
    return await this.withClient(flags, async (context) => {
      const { actOnSelection } = await import('../../../cli/ctl/index.ts')
      return await actOnSelection(context, 'manage', null, args.resource ?? [], flags)
    })
  }
}
