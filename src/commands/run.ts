import { Command } from '@oclif/core/command'
import { boolean, integer, option } from '@oclif/core/flags'
import { configFlags, configSelection } from '../cli/index.ts'

export default class Run extends Command {
  static override summary = 'Run the orchestrator.'
  static override description =
    'Listens to Neutron on the message bus, keeps one service VM per router alive and configured, and serves the HTTP API. ' +
    'Runs until SIGINT or SIGTERM; a second Ctrl-C does not wait for steps under way. ' +
    'With --embedded it brings an OpenStack of its own, with simulated appliances on loopback addresses, or, with --dataplane netns, ' +
    'with the real appliance in a network namespace for each router.'

  static override examples = [
    {
      description: 'Run as a service',
      command: '<%= config.bin %> <%= command.id %> --config-file /etc/astara/orchestrator.ini',
    },
    { description: 'Try everything on one machine', command: '<%= config.bin %> <%= command.id %> --embedded' },
    {
      description: 'With real packets, as root',
      command: '<%= config.bin %> <%= command.id %> --embedded --dataplane netns --embedded-routers 2',
    },
    {
      description: 'With 50 routers to begin with',
      command: '<%= config.bin %> <%= command.id %> --embedded --embedded-routers 50',
    },
  ]

  static override flags = {
    ...configFlags,
    embedded: boolean({
      summary: 'Start an OpenStack of its own (Keystone, Neutron, Nova, Glance) and run against it.',
    }),
    'embedded-routers': integer({
      summary: 'Routers that the embedded cloud begins with (6 unless given).',
      min: 0,
      max: 20_000,
      dependsOn: ['embedded'],
      helpValue: 'N',
    }),
    'embedded-tenants': integer({
      summary: 'Tenants that own them (3 unless given).',
      min: 1,
      max: 20_000,
      dependsOn: ['embedded'],
      helpValue: 'N',
    }),
    'embedded-boot-time': integer({
      summary: 'Milliseconds that a simulated appliance takes to boot (2000 unless given).',
      min: 0,
      dependsOn: ['embedded'],
      helpValue: 'MS',
    }),
    dataplane: option({ options: ['simulated', 'netns'] as const })({
      summary:
        'Appliances that only answer (simulated, the default), or real ones in network namespaces with real packets (netns; root on Linux).',
      dependsOn: ['embedded'],
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Run)
    const { runOrchestrator } = await import('../launch/index.ts')
    await runOrchestrator({
      ...configSelection(flags),
      env: process.env,
      version: this.config.version,
      embedded: flags.embedded
        ? {
            routers: flags['embedded-routers'] ?? 6,
            tenants: flags['embedded-tenants'] ?? 3,
            bootTimeMs: flags['embedded-boot-time'] ?? 2_000,
            dataplane: flags.dataplane ?? 'simulated',
          }
        : null,
      stdout: {
        isTerminal: process.stdout.isTTY === true,
        size: () => ({ rows: process.stdout.rows ?? 24, columns: process.stdout.columns ?? 80 }),
        write: (text) => process.stdout.write(text),
      },
    })
  }
}
