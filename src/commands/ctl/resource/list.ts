import { option } from '@oclif/core/flags'
import { CtlCommand, listingFlags, outputFlags, outputOptions, watchFlag } from '../../../cli/index.ts'
import type { ResourceList } from '../../../contract/index.ts'

// Kept in step with the contract by a test: importing it here would load the schemas for every `--help`.
const DRIVERS = ['router', 'loadbalancer'] as const

/** Lists resources. */
export default class ResourceListing extends CtlCommand {
  static override summary = 'List resources and how they are.'
  static override description =
    'On a terminal times are ages and long cells are cut to its width; into a pipe or file nothing is ever cut, times are ' +
    'ISO 8601 and bytes are bytes.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --state error --sort last_event_at:desc',
    '<%= config.bin %> <%= command.id %> --filter "state:error,degraded age>1h" -o wide',
    '<%= config.bin %> <%= command.id %> --columns id,name,state,attempts -o csv',
    '<%= config.bin %> <%= command.id %> --state error -o name | <%= config.bin %> ctl resource update - --yes',
    '<%= config.bin %> <%= command.id %> --watch --filter "!state:configured"',
  ]
  static override flags = {
    ...outputFlags,
    ...listingFlags,
    driver: option({ options: DRIVERS, summary: 'Only resources of this kind.', helpGroup: 'SELECTION' })(),
    ...watchFlag,
  }

  async run(): Promise<ResourceList | { readonly rows: number }> {
    const { flags } = await this.parse(ResourceListing)
    const { tenant, state, name, filter } = flags
    const listing = { driver: flags.driver, tenant, state, name, filter }
    const output = outputOptions(flags)
    if (flags.watch) {
      return await this.withClient(flags, async (context) => {
        const { watchResources } = await import('../../../cli/ctl/index.ts')
        return await watchResources({ ...context, listing, output })
      })
    }
    return await this.ask(flags, async (context) => {
      const { listResources } = await import('../../../cli/ctl/index.ts')
      return await listResources({ ...context, listing, output })
    })
  }
}
