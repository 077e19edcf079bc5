import { CtlCommand } from '../../../cli/index.ts'
import type { ReloadAnswer } from '../../../contract/index.ts'

/** Makes the orchestrator read its files again. */
export default class ConfigReload extends CtlCommand {
  static override summary = 'Make the orchestrator read its configuration files again, and say what that changed.'
  static override description = 'Not every option can change while it runs; those that need a restart are named.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']

  async run(): Promise<ReloadAnswer | { readonly accepted: true }> {
    const { flags } = await this.parse(ConfigReload)
    return await this.withClient(flags, async (context) => {
      const { reloadConfig } = await import('../../../cli/ctl/index.ts')
      return await reloadConfig({ ...context, json: flags.json })
    })
  }
}
