import { string } from '@oclif/core/args'
import { Command } from '@oclif/core/command'

/** `astara help ctl poll`: the same as `astara ctl poll --help`, for hands that type it that way. */
export default class Help extends Command {
  static override summary = 'Show what a command does and takes.'
  static override strict = false
  static override args = { command: string({ description: 'Command or topic to explain.' }) }
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> ctl router list',
  ]

  async run(): Promise<void> {
    const { argv } = await this.parse(Help)
    const { loadHelpClass } = await import('@oclif/core/help')
    const HelpClass = await loadHelpClass(this.config)
    await new HelpClass(this.config, this.config.pjson.oclif.helpOptions).showHelp(argv.map(String))
  }
}
