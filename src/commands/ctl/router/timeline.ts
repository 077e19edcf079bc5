import { CtlCommand, outputFlags, outputOptions, targetArg, timelineFlags } from '../../../cli/index.ts'
import type { TimelineAnswer } from '../../../contract/index.ts'

/** Shows what happened to one router. */
export default class RouterTimeline extends CtlCommand {
  static override summary = 'Show what happened to a router: events, steps, calls, configurations, errors.'
  static override description =
    'The orchestrator keeps the last entries of each router (option timeline_entries). To follow it: ctl events --resource.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-router --type error --type state',
    '<%= config.bin %> <%= command.id %> 5f3c --limit 20 --json',
  ]
  static override args = { router: targetArg() }
  static override flags = { ...outputFlags, ...timelineFlags }

  async run(): Promise<TimelineAnswer> {
    const { args, flags } = await this.parse(RouterTimeline)
    return await this.ask(flags, async (context) => {
      const { showTimeline } = await import('../../../cli/ctl/index.ts')
      return await showTimeline({
        ...context,
        text: args.router,
        driver: 'router',
        types: flags.type,
        limit: flags.limit,
        output: outputOptions(flags),
      })
    })
  }
}
