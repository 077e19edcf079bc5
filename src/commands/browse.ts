import { boolean, option, string } from '@oclif/core/flags'
import { CtlCommand } from '../cli/index.ts'

// Kept in step with the console's own lists by a test: importing those would load it for every `--help`.
const VIEWS = ['resources', 'workers', 'tenants', 'events'] as const
const THEMES = ['dark', 'light', 'mono'] as const

/** The console. */
export default class Browse extends CtlCommand {
  static override summary = 'Watch and steer every resource, live, on the whole screen.'
  static override description =
    'Shows every router and load balancer as the orchestrator has it, follows all changes, and acts on what is selected or marked: ? shows ' +
    'the keys. Without a terminal it prints the table once and ends. Sort order, filter, columns and theme are remembered.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --filter "state:error age>5m"',
    '<%= config.bin %> <%= command.id %> --view workers --read-only',
    '<%= config.bin %> <%= command.id %> --dump',
  ]
  static override flags = {
    view: option({ options: VIEWS, default: 'resources', summary: 'Where to begin.' })(),
    filter: string({
      helpValue: 'TERMS',
      summary: 'Begin with this filter, e.g. "state:error !name:test" (see `astara help filters`).',
    }),
    'read-only': boolean({ summary: 'Look, but touch nothing: everything that changes something is refused.' }),
    dump: boolean({ summary: 'Print the table once and leave.' }),
    plain: boolean({
      summary: 'No full screen: one line for each change, commands typed as lines; for screen readers.',
      exclusive: ['dump'],
    }),
    theme: option({ options: THEMES, summary: 'Colours [default: as remembered, else by the terminal].' })(),
    mouse: boolean({ summary: 'Select by click, scroll by wheel (the terminal then selects text with Shift).' }),
    ascii: boolean({ summary: 'Only signs that every font has.' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Browse)
    process.exitCode = await this.withClient(flags, async (context) => {
      const { runBrowse } = await import('../tui/index.ts')
      const options = {
        view: flags.view,
        filter: flags.filter ?? null,
        theme: flags.theme ?? null,
        profile: flags.profile ?? process.env.ASTARA_PROFILE ?? null,
        readOnly: flags['read-only'],
        dump: flags.dump,
        plain: flags.plain,
        mouse: flags.mouse,
        ascii: flags.ascii,
        json: flags.json,
        noColor: flags.color === 'never',
      }
      return await runBrowse(context, options, process)
    })
  }
}
