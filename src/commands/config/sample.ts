import { Command } from '@oclif/core/command'

/** Prints a complete sample configuration. */
export default class ConfigSample extends Command {
  static override summary = 'Print a sample orchestrator.ini with every option, its default and what it does.'
  static override description =
    'Every option stands commented out with its default, so that the sample changes nothing until you edit it. Defaults ' +
    'that depend on the machine (host, num_worker_processes) are those of the machine it was printed on.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> > /etc/astara/orchestrator.ini',
    '<%= config.bin %> <%= command.id %> | grep -A8 "^\\[router\\]"',
  ]

  async run(): Promise<void> {
    await this.parse(ConfigSample)
    const { sampleConfig } = await import('../../config/index.ts')
    this.log(sampleConfig().trimEnd())
  }
}
