import { boolean, option, string } from '@oclif/core/flags'
import { CtlCommand, configFlags, configSelection } from '../cli/index.ts'

// Kept in step with the theme's own list by a test: importing it would load the screens for every `--help`.
const THEMES = ['dark', 'light', 'mono'] as const

/** Steps one router's machine by hand. */
export default class DebugRouter extends CtlCommand {
  static override summary = "Step one router's state machine by hand."
  static override description =
    'Works in this process with the configuration of the orchestrator, which has to leave the router alone meanwhile: it is put into debug ' +
    'mode first, and given back at the end. Every step shows what it asked Neutron, Nova and the appliance, and what they answered. ' +
    'Without a terminal a script says what to do, and each step is one line of JSON.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --router-id 5f3c1a52-8d0e-4f6b-9c1d-2a7e3b4c5d6f',
    { description: 'Look only, send nothing', command: '<%= config.bin %> <%= command.id %> --router-id r1 --dry-run' },
    {
      description: 'Without a terminal',
      command: '<%= config.bin %> <%= command.id %> --router-id r1 --hold --script "update; run" | jq .result',
    },
    {
      description: 'Rehearse a broken boot',
      command:
        '<%= config.bin %> <%= command.id %> --router-id r1 --dry-run --script "pretend appliance-dead; rebuild; run"',
    },
  ]
  static override flags = {
    'config-dir': configFlags['config-dir'],
    'router-id': string({
      required: true,
      helpValue: 'ID',
      summary: 'The router: its id, or what the orchestrator finds by the beginning of one or by its name.',
    }),
    script: string({
      helpValue: 'COMMANDS',
      summary: 'Carry out commands separated by ; without a screen, e.g. "update; run".',
      description:
        'step [N], next, run, until STEP|STATE|change|error, create, update, rebuild [IMAGE], poll, delete, retry, accept, ' +
        'pretend NAME [off], pretend nothing, inspect router|ports|instances|interfaces|config. See docs/debug-router.md.',
    }),
    'dry-run': boolean({ summary: 'Refuse every write to Neutron, Nova and the appliance; show what would be sent.' }),
    hold: boolean({ summary: 'Put the router into debug mode without asking.', exclusive: ['dry-run'] }),
    keep: boolean({ summary: 'Leave it in debug mode at the end.', exclusive: ['dry-run'] }),
    offline: boolean({ summary: 'Go on when no orchestrator can be asked: be sure that none runs.' }),
    reason: string({ helpValue: 'TEXT', summary: 'Why, for the debug mode.' }),
    yes: boolean({ char: 'y', summary: 'A script that deletes or pretends is meant.', dependsOn: ['script'] }),
    theme: option({ options: THEMES, summary: 'Colours [default: by the terminal].' })(),
    ascii: boolean({ summary: 'Only signs that every font has.' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(DebugRouter)
    process.exitCode = await this.withClient(flags, async ({ io, client, signal }) => {
      const { runDebugRouter } = await import('../launch/debug-router/index.ts')
      return await runDebugRouter({
        ...configSelection(flags),
        routerId: flags['router-id'],
        client,
        io,
        signal,
        script: flags.script ?? null,
        dryRun: flags['dry-run'],
        offline: flags.offline,
        hold: flags.hold,
        keep: flags.keep,
        yes: flags.yes,
        reason: flags.reason ?? null,
        theme: flags.theme ?? (flags.color === 'never' ? 'mono' : null),
        ascii: flags.ascii,
        process,
      })
    })
  }
}
