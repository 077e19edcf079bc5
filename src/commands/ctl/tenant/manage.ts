import { CtlCommand, reasonFlags, tenantArg } from '../../../cli/index.ts'

/** Debug mode of a tenant. */
export default class TenantManage extends CtlCommand {
  static override summary = 'End the debug mode of a tenant, and look at its resources again.'
  static override description = 'Debug modes of single resources stay in force.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 1111',
    '<%= config.bin %> <%= command.id %> 1111 --reason "done" --json',
  ]
  static override args = { tenant: tenantArg() }
  static override flags = reasonFlags

  async run(): Promise<{ readonly accepted: true; readonly tenant_id: string }> {
    const { args, flags } = await this.parse(TenantManage)
    return await this.withClient(flags, async (context) => {
      const { debugTenant } = await import('../../../cli/ctl/index.ts')
      const { reason, yes, json } = flags
      return await debugTenant(context, { text: args.tenant, enabled: false, reason, yes, json })
    })
  }
}
