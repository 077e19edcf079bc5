import type { ActResult } from '../../../cli/ctl/index.ts'
import { CtlCommand, reasonFlags, selectionFlags, targetsArg, waitFlag } from '../../../cli/index.ts'

/** Updates routers. */
export default class RouterUpdate extends CtlCommand {
  static override summary = 'Look at routers again and push their configuration, changed or not.'
  static override description =
    'More than one is shown and asked about first. The command ends when the update is queued; --wait follows it.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-router --reason "routes look stale" --wait',
    '<%= config.bin %> <%= command.id %> --state error --yes',
    '<%= config.bin %> <%= command.id %> --tenant 0d9dfb6b-6d4b-4e6c-8b7e-6f3c1f0b9a55 --yes --json',
  ]
  static override args = { router: targetsArg(true) }
  static override flags = { ...reasonFlags, ...selectionFlags, ...waitFlag }

  async run(): Promise<ActResult> {
    const { args, flags } = await this.parse(RouterUpdate)
    return await this.withClient(flags, async (context) => {
      const { actOnSelection } = await import('../../../cli/ctl/index.ts')
      return await actOnSelection(context, 'update', 'router', args.router ?? [], flags)
    })
  }
}
