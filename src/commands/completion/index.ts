import { string as arg } from '@oclif/core/args'
import { Command } from '@oclif/core/command'

// Kept in step with the writers by a test: importing them here would load them for every `--help`.
const SHELLS = ['bash', 'zsh', 'fish'] as const

/** Prints a completion script. */
export default class Completion extends Command {
  static override summary = 'Print a script that completes commands, flags and live router ids in your shell.'
  static override description =
    'bash: source <(astara completion bash), in ~/.bashrc. zsh: source <(astara completion zsh), in ~/.zshrc behind compinit. ' +
    'fish: astara completion fish > ~/.config/fish/completions/astara.fish.\n\n' +
    'Ids of routers, resources and tenants come from the orchestrator that the line means (--url, --profile, ASTARA_URL, …) within 300 ms, ' +
    'else from the last answer.'
  static override examples = [
    'source <(<%= config.bin %> <%= command.id %> bash)',
    '<%= config.bin %> <%= command.id %> fish | source',
    '<%= config.bin %> <%= command.id %> zsh > /usr/local/share/zsh/site-functions/_astara',
  ]
  static override args = {
    shell: arg({ required: true, ignoreStdin: true, options: SHELLS, description: 'Your shell.' }),
  }

  async run(): Promise<void> {
    const { args } = await this.parse(Completion)
    const { completionScript, completionTree } = await import('../../cli/completion/index.ts')
    const topics = Object.fromEntries(this.config.topics.map(({ name, description = '' }) => [name, description]))
    const shell = SHELLS.find((one) => one === args.shell) ?? 'bash'
    process.stdout.write(completionScript(shell, completionTree(this.config.commands, topics)))
  }
}
