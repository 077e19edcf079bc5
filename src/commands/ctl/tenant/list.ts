import { CtlCommand, outputFlags, outputOptions } from '../../../cli/index.ts'
import type { TenantList } from '../../../contract/index.ts'

/** Lists tenants. */
export default class TenantListing extends CtlCommand {
  static override summary = 'List the tenants that have resources or are in debug mode.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --sort not_configured:desc',
    '<%= config.bin %> <%= command.id %> --json',
  ]
  static override flags = outputFlags

  async run(): Promise<TenantList> {
    const { flags } = await this.parse(TenantListing)
    return await this.ask(flags, async (context) => {
      const { listTenants } = await import('../../../cli/ctl/index.ts')
      return await listTenants({ ...context, output: outputOptions(flags) })
    })
  }
}
