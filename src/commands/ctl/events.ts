import { integer, option, string } from '@oclif/core/flags'
import { CtlCommand, listingFlags, streamTypes } from '../../cli/index.ts'

/** Follows everything. */
export default class Events extends CtlCommand {
  static override summary = 'Follow what happens: changes of resources, their timelines, workers, debug modes.'
  static override description =
    'Goes on until Ctrl-C, over restarts of the orchestrator. Without --type it tells all but timelines, with --resource those too. With ' +
    '--json a JSON object per line, as /v1/stream sends it.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --resource my-router',
    '<%= config.bin %> <%= command.id %> --type resource --state error --json',
  ]
  static override flags = {
    type: option({
      options: streamTypes,
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Only events of this type; may be repeated.',
      helpGroup: 'SELECTION',
    })(),
    resource: string({
      helpValue: 'RESOURCE',
      summary: 'Only about this one: id, unique beginning of an id, or name.',
      helpGroup: 'SELECTION',
    }),
    tenant: listingFlags.tenant,
    state: listingFlags.state,
    driver: option({
      options: ['router', 'loadbalancer'] as const,
      summary: 'Only about resources of this kind.',
      helpGroup: 'SELECTION',
    })(),
    limit: integer({ min: 1, helpValue: 'N', summary: 'End after so many.' }),
  }

  async run(): Promise<{ readonly events: number }> {
    const { flags } = await this.parse(Events)
    return await this.withClient(flags, async (context) => {
      const { followSelected } = await import('../../cli/ctl/index.ts')
      return await followSelected(context, flags)
    })
  }
}
