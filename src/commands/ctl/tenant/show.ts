import { CtlCommand, outputFlags, outputOptions, tenantArg } from '../../../cli/index.ts'
import type { Resource, TenantSummary } from '../../../contract/index.ts'

/** Shows one tenant. */
export default class TenantShow extends CtlCommand {
  static override summary = 'Show a tenant and its resources.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 1111',
    '<%= config.bin %> <%= command.id %> 1111 --json',
  ]
  static override args = { tenant: tenantArg() }
  static override flags = outputFlags

  async run(): Promise<{ readonly tenant: TenantSummary; readonly resources: readonly Resource[] }> {
    const { args, flags } = await this.parse(TenantShow)
    return await this.ask(flags, async (context) => {
      const { showTenant } = await import('../../../cli/ctl/index.ts')
      return await showTenant({ ...context, text: args.tenant, output: outputOptions(flags) })
    })
  }
}
