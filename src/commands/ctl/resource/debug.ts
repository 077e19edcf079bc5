import type { ActResult } from '../../../cli/ctl/index.ts'
import { CtlCommand, reasonFlags, selectionFlags, targetsArg } from '../../../cli/index.ts'

/** Debugs resources. */
export default class ResourceDebug extends CtlCommand {
  static override summary = 'Put resources into debug mode: their events are ignored until `manage`.'
  static override description = 'What is queued for it is held back too. More than one is shown and asked about first.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c --reason "looking at its firewall"',
    '<%= config.bin %> <%= command.id %> my-resource --json',
  ]
  static override args = { resource: targetsArg(false) }
  static override flags = { ...reasonFlags, ...selectionFlags }

  async run(): Promise<ActResult> {
    const { args, flags } = await this.parse(ResourceDebug)
    return await this.withClient(flags, async (context) => {
      const { actOnSelection } = await import('../../../cli/ctl/index.ts')
      return await actOnSelection(context, 'debug', null, args.resource ?? [], flags)
    })
  }
}
