import { CtlCommand, reasonFlags, tenantArg } from '../../../cli/index.ts'

/** Debug mode of a tenant. */
export default class TenantDebug extends CtlCommand {
  static override summary = 'Put a tenant into debug mode: events of all its resources are ignored until `manage`.'
  static override description = 'What is queued for them is held back too. It shows what this concerns and asks first.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 1111 --reason "migration" --yes',
    '<%= config.bin %> <%= command.id %> 1111 --yes --json',
  ]
  static override args = { tenant: tenantArg() }
  static override flags = reasonFlags

  async run(): Promise<{ readonly accepted: true; readonly tenant_id: string }> {
    const { args, flags } = await this.parse(TenantDebug)
    return await this.withClient(flags, async (context) => {
      const { debugTenant } = await import('../../../cli/ctl/index.ts')
      const { reason, yes, json } = flags
      return await debugTenant(context, { text: args.tenant, enabled: true, reason, yes, json })
    })
  }
}
