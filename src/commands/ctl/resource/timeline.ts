import { CtlCommand, outputFlags, outputOptions, targetArg, timelineFlags } from '../../../cli/index.ts'
import type { TimelineAnswer } from '../../../contract/index.ts'

/** Shows what happened to one resource. */
export default class ResourceTimeline extends CtlCommand {
  static override summary = 'Show what happened to a resource: events, steps, calls, configurations, errors.'
  static override description =
    'The orchestrator keeps the last entries of each resource (option timeline_entries). To follow it: ctl events --resource.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-resource --type error --type state',
    '<%= config.bin %> <%= command.id %> 5f3c --limit 20 --json',
  ]
  static override args = { resource: targetArg() }
  static override flags = { ...outputFlags, ...timelineFlags }

  async run(): Promise<TimelineAnswer> {
    const { args, flags } = await this.parse(ResourceTimeline)
    return await this.ask(flags, async (context) => {
      const { showTimeline } = await import('../../../cli/ctl/index.ts')
      return await showTimeline({
        ...context,
        text: args.resource,
        driver: null,
        types: flags.type,
        limit: flags.limit,
        output: outputOptions(flags),
      })
    })
  }
}
