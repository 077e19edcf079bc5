import { configFlags, configSelection, LocalCommand } from '../cli/index.ts'
import type { CheckReport } from '../contract/index.ts'

/** Looks at everything an orchestrator needs: exit status 0 when nothing failed, else 1; 2 when the configuration itself cannot be used. */
export default class Check extends LocalCommand {
  static override summary = 'Look at everything that an orchestrator needs, and say what to do about what is amiss.'
  static override description =
    'Reads the configuration as `astara run` would, and looks at the credentials and their roles, the services and their clocks, the ' +
    'extensions of Neutron, the management network, the image and its flavor, the L2 agent of this host, the message bus, the port of ' +
    'the API, metadata and the database. Only looks: nothing is made or changed anywhere. ' +
    'Ends with 0 when nothing failed (warnings do not count), with 1 when something did, with 2 when the configuration cannot be used.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --config-file ./orchestrator.ini',
    {
      description: 'Only what failed, for a script',
      command: `<%= config.bin %> <%= command.id %> --json | jq -r '.lines[] | select(.status == "failed") | .found'`,
    },
  ]
  static override flags = { ...configFlags }

  async run(): Promise<CheckReport> {
    const { flags } = await this.parse(Check)
    return this.withIo({ ...flags, pager: false }, async (io, signal) => {
      const [{ runCheck }, { formatReport }, { toJson }] = await Promise.all([
        import('../launch/index.ts'),
        import('../cli/check-report.ts'),
        import('../cli/json.ts'),
      ])
      const work = runCheck({ ...configSelection(flags), env: process.env, signal })
      const report = await io.busy('Looking', work)
      io.print(flags.json ? toJson(report) : formatReport(report, io))
      if (!report.ok) process.exitCode = 1
      return report
    })
  }
}
