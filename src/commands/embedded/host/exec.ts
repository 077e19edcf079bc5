import { string as arg } from '@oclif/core/args'
import { Command } from '@oclif/core/command'
import { string } from '@oclif/core/flags'

/** Runs a command inside a test host. */
export default class EmbeddedHostExec extends Command {
  static override summary = 'Run a command inside a test host, with this terminal.'
  static override description =
    'Besides test hosts, `internet` (the outside) and instances (by id or name) can be entered. Needs root. Ends with the exit status of ' +
    'the command.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> h1 -- ping -c 3 8.8.8.8',
    '<%= config.bin %> <%= command.id %> h1 -- curl -s http://169.254.169.254/latest/meta-data/instance-id',
    '<%= config.bin %> <%= command.id %> internet -- tcpdump -lni eth0',
  ]
  static override args = { name: arg({ required: true, ignoreStdin: true, description: 'Name of the host.' }) }
  static override strict = false
  static override flags = {
    url: string({
      helpValue: 'URL',
      env: 'ASTARA_EMBEDDED_URL',
      summary: 'Keystone of the embedded cloud, where several run.',
    }),
  }

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(EmbeddedHostExec)
    const { execInHost } = await import('../../../launch/embedded-hosts.ts')
    const command = argv.slice(1).map(String)
    const signal = new AbortController().signal
    process.exitCode = await execInHost({ name: args.name, command, url: flags.url, signal })
  }
}
