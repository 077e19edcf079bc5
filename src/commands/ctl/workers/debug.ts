import type { DebugResult } from '../../../cli/ctl/index.ts'
import { CtlCommand, outputFlags, outputOptions } from '../../../cli/index.ts'

/** Shows the orchestrator's worker processes. */
export default class WorkersDebug extends CtlCommand {
  static override summary = 'Show the worker processes: what they hold, what waits, what runs and for how long.'
  static override description =
    'Over AMQP every orchestrator is asked to write this to its log instead, as the original did.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
    '<%= config.bin %> <%= command.id %> --sort rss_bytes:desc --columns name,pid,rss_bytes',
  ]
  static override flags = outputFlags

  async run(): Promise<DebugResult> {
    const { flags } = await this.parse(WorkersDebug)
    return await this.ask(flags, async (context) => {
      const { debugWorkers } = await import('../../../cli/ctl/index.ts')
      return await debugWorkers({ ...context, output: outputOptions(flags) })
    })
  }
}
