import { boolean } from '@oclif/core/flags'
import { CtlCommand, outputFlags, outputOptions, targetArg } from '../../../cli/index.ts'
import type { ConfigAnswer } from '../../../contract/index.ts'

/** Shows the configuration of one router. */
export default class RouterConfig extends CtlCommand {
  static override summary =
    'Show the configuration that a router accepted last, and how it differs from the one before.'
  static override description = 'Secrets are masked.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-router --changes',
    '<%= config.bin %> <%= command.id %> 5f3c --json | jq .config.networks',
  ]
  static override args = { router: targetArg() }
  static override flags = {
    ...outputFlags,
    changes: boolean({ summary: 'Only how it differs from the one before.' }),
  }

  async run(): Promise<ConfigAnswer> {
    const { args, flags } = await this.parse(RouterConfig)
    return await this.ask(flags, async (context) => {
      const { showConfig } = await import('../../../cli/ctl/index.ts')
      const output = outputOptions(flags)
      return await showConfig({ ...context, text: args.router, driver: 'router', changes: flags.changes, output })
    })
  }
}
