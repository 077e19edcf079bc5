import { string } from '@oclif/core/args'
import { Command } from '@oclif/core/command'

/** `astara help ctl poll`: the same as `astara ctl poll --help`, for hands that type it that way; and what is about no single command. */
export default class Help extends Command {
  static override summary = 'Show what a command does and takes; also exit-codes, environment, formatting, filters.'
  static override strict = false
  static override args = {
    command: string({
      ignoreStdin: true,
      description: 'Command or topic to explain, or one of exit-codes, environment, formatting, filters.',
    }),
  }
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> ctl router list',
    '<%= config.bin %> <%= command.id %> exit-codes',
    '<%= config.bin %> <%= command.id %> filters',
  ]

  async run(): Promise<void> {
    const { argv } = await this.parse(Help)
    const words = argv.map(String)
    const { HELP_TOPICS } = await import('../cli/help-topics.ts')
    const [topic = ''] = words
    const found = words.length === 1 && Object.hasOwn(HELP_TOPICS, topic) ? HELP_TOPICS[topic] : undefined
    if (found !== undefined) {
      this.log(`${found.summary}\n\n${found.text}`)
      return
    }
    const { loadHelpClass } = await import('@oclif/core/help')
    const HelpClass = await loadHelpClass(this.config)
    await new HelpClass(this.config, this.config.pjson.oclif.helpOptions).showHelp(words)
  }
}
