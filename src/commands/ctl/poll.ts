import { CtlCommand } from '../../cli/index.ts'
import type { ManyTaken } from '../../client/index.ts'

/** Checks the health of everything now. */
export default class Poll extends CtlCommand {
  static override summary = 'Check the health of every resource now instead of at its next turn.'
  static override description = 'The command ends when the checks are queued; what they find shows in the lists.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
    '<%= config.bin %> <%= command.id %> --via amqp --config-file /etc/astara/orchestrator.ini',
  ]

  async run(): Promise<ManyTaken> {
    const { flags } = await this.parse(Poll)
    return await this.withClient(flags, async (context) => {
      const { poll } = await import('../../cli/ctl/index.ts')
      return await poll({ ...context, json: flags.json })
    })
  }
}
