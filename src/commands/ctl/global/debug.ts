import { string as arg } from '@oclif/core/args'
import { CtlCommand, outputFlags, outputOptions, reasonFlags } from '../../../cli/index.ts'
import type { DebugState } from '../../../contract/index.ts'

const STATUS = ['enable', 'disable', 'status'] as const

/** Debug mode of everything. */
export default class GlobalDebug extends CtlCommand {
  static override summary = 'Debug mode of everything: enable, disable, or show every debug mode in force.'
  static override description =
    'While it is on all events are ignored and nothing is looked after; enabling it asks first. Afterwards everything is looked at again.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> status',
    '<%= config.bin %> <%= command.id %> enable --reason "Neutron upgrade" --yes',
    '<%= config.bin %> <%= command.id %> disable',
  ]
  static override args = {
    status: arg({ required: true, ignoreStdin: true, options: STATUS, description: 'What to do.' }),
  }
  static override flags = { ...outputFlags, ...reasonFlags }

  async run(): Promise<DebugState | { readonly accepted: true }> {
    const { args, flags } = await this.parse(GlobalDebug)
    const { reason, yes, json } = flags
    if (args.status === 'status') {
      return await this.ask(flags, async (context) => {
        const { debugStatus } = await import('../../../cli/ctl/index.ts')
        return await debugStatus({ ...context, output: outputOptions(flags) })
      })
    }
    return await this.withClient(flags, async (context) => {
      const { debugGlobal } = await import('../../../cli/ctl/index.ts')
      return await debugGlobal(context, { enabled: args.status === 'enable', reason, yes, json })
    })
  }
}
