import { Command } from '@oclif/core/command'
import { boolean } from '@oclif/core/flags'
import { configFlags, configSelection } from '../../cli/config-flags.ts'
import type { CheckResult } from '../../config/index.ts'

/** Judges a configuration: exit status 0 when `astara run` would start with it, else 2. */
export default class ConfigCheck extends Command {
  static override summary = 'Check a configuration and name everything that is wrong with it.'
  static override description =
    'Reads the files and the environment as `astara run` would. Ends with 0 when it would start, with 2 when a value is ' +
    'refused, a file cannot be understood, or something that a real cloud needs is missing. Warnings (deprecated or unknown ' +
    'options) do not count. Nothing is contacted.'
  static override enableJsonFlag = true
  static override flags = {
    ...configFlags,
    partial: boolean({ summary: 'Judge only what is written, not whether everything that is needed is there.' }),
  }
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --config-file ./orchestrator.ini --config-dir ./orchestrator.d --json',
    '<%= config.bin %> <%= command.id %> --partial --config-file ./tuning.conf',
  ]

  async run(): Promise<CheckResult> {
    const { flags } = await this.parse(ConfigCheck)
    const { checkConfig, formatCheck } = await import('../../config/index.ts')
    const result = await checkConfig({ ...configSelection(flags), env: process.env, partial: flags.partial })
    for (const line of formatCheck(result)) this.log(line)
    if (!result.ok) process.exitCode = 2
    return result
  }
}
