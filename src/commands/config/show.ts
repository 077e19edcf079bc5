import { Command } from '@oclif/core/command'
import { boolean, string } from '@oclif/core/flags'
import { configFlags, configSelection } from '../../cli/config-flags.ts'
import type { ShownConfig } from '../../config/index.ts'

/** Prints what is in effect and where it comes from. */
export default class ConfigShow extends Command {
  static override summary = 'Show the effective configuration and where each value comes from.'
  static override description = 'Secrets are masked. A configuration with mistakes is refused, as `astara run` would.'
  static override enableJsonFlag = true
  static override flags = {
    ...configFlags,
    group: string({ helpValue: 'SECTION', summary: 'Only this section.' }),
    changed: boolean({ summary: 'Only options whose value is not the default.' }),
  }
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --changed --config-file ./orchestrator.ini',
    '<%= config.bin %> <%= command.id %> --group keystone_authtoken --json',
  ]

  async run(): Promise<ShownConfig> {
    const { flags } = await this.parse(ConfigShow)
    const { describeWarning, formatShown, loadConfig, showConfig } = await import('../../config/index.ts')
    const { config, sources, warnings } = await loadConfig({ ...configSelection(flags), env: process.env })
    const shown = showConfig(config, sources, flags)
    for (const warning of warnings) this.logToStderr(`warning: ${describeWarning(warning)}`)
    for (const line of formatShown(shown)) this.log(line)
    return shown
  }
}
