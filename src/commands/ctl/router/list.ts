import { ListCommand, listingFlags, outputFlags, watchFlag } from '../../../cli/index.ts'
import type { ResourceList } from '../../../contract/index.ts'

/** Lists routers. */
export default class RouterListing extends ListCommand {
  static override summary = 'List routers and how they are.'
  static override description =
    'On a terminal times are ages and long cells are cut to its width; into a pipe or file nothing is ever cut, times are ' +
    'ISO 8601 and bytes are bytes.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --state error --sort last_event_at:desc',
    '<%= config.bin %> <%= command.id %> --filter "state:error,degraded age>1h" -o wide',
    '<%= config.bin %> <%= command.id %> --columns id,name,state,attempts -o csv',
    '<%= config.bin %> <%= command.id %> --state error -o name | <%= config.bin %> ctl router update - --yes',
    '<%= config.bin %> <%= command.id %> --watch --filter "!state:configured"',
  ]
  static override flags = {
    ...outputFlags,
    ...listingFlags,
    ...watchFlag,
  }

  async run(): Promise<ResourceList | { readonly rows: number }> {
    const { flags } = await this.parse(RouterListing)
    return await this.list(flags, 'router')
  }
}
