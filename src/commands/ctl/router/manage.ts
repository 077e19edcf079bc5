import type { ActResult } from '../../../cli/ctl/index.ts'
import { CtlCommand, reasonFlags, selectionFlags, targetsArg } from '../../../cli/index.ts'

/** Manages routers. */
export default class RouterManage extends CtlCommand {
  static override summary = 'End the debug mode of routers, and look at them again.'
  static override description = 'A debug mode of its tenant or of everything stays in force.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-router --reason "done" --json',
  ]
  static override args = { router: targetsArg(false) }
  static override flags = { ...reasonFlags, ...selectionFlags }

  async run(): Promise<ActResult> {
    const { args, flags } = await this.parse(RouterManage)
    return await this.withClient(flags, async (context) => {
      const { actOnSelection } = await import('../../../cli/ctl/index.ts')
      return await actOnSelection(context, 'manage', 'router', args.router ?? [], flags)
    })
  }
}
