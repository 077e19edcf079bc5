import { option, string } from '@oclif/core/flags'
import { CtlCommand, instanceStates, outputFlags, outputOptions } from '../../../cli/index.ts'
import type { ResourceList } from '../../../contract/index.ts'

/** Lists routers. */
export default class RouterListing extends CtlCommand {
  static override summary = 'List routers and how they are.'
  static override description =
    'On a terminal times are ages and long cells are cut to its width; into a pipe or file nothing is ever cut, times are ' +
    'ISO 8601 and bytes are bytes.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --state error --sort last_event_at:desc',
    '<%= config.bin %> <%= command.id %> --columns id,name,state,attempts -o csv',
    '<%= config.bin %> <%= command.id %> --state error -o name | xargs -n1 <%= config.bin %> ctl router update',
  ]
  static override flags = {
    ...outputFlags,
    'tenant-id': string({ helpValue: 'UUID', summary: 'Only those of this tenant.' }),
    state: option({ options: instanceStates, summary: 'Only those in this instance state.' })(),
    name: string({ helpValue: 'NAME', summary: 'Only those with exactly this name.' }),
  }

  async run(): Promise<ResourceList> {
    const { flags } = await this.parse(RouterListing)
    const query = {
      driver: 'router' as const,
      ...(flags['tenant-id'] === undefined ? {} : { tenantId: flags['tenant-id'] }),
      ...(flags.state === undefined ? {} : { instanceState: flags.state }),
      ...(flags.name === undefined ? {} : { name: flags.name }),
    }
    return await this.withClient(flags, async (context) => {
      const { listResources } = await import('../../../cli/ctl/index.ts')
      return await listResources({ ...context, query, output: outputOptions(flags) })
    })
  }
}
