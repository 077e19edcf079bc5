import { Command } from '@oclif/core/command'
import { boolean, integer, option, string } from '@oclif/core/flags'

/** The embedded OpenStack as a process of its own, for tests and trials that stop and start the orchestrator. */
export default class Embedded extends Command {
  static override summary = 'Run the embedded OpenStack alone.'
  static override description =
    'Keystone, Neutron, Nova and Glance in memory, with simulated appliances on loopback addresses (or real ones in network ' +
    'namespaces, with --dataplane netns). Runs until SIGINT or SIGTERM, ' +
    'then forgets everything. While it runs, faults are set with PUT on /_embedded/faults of Keystone’s port, for example ' +
    '{"instances": {"<router id>": {"alive": "hang"}}}, and ended with DELETE.'
  static override examples = [
    {
      description: 'On RabbitMQ, with a configuration for `astara run`',
      command:
        '<%= config.bin %> <%= command.id %> --transport-url rabbit://guest:guest@127.0.0.1:5672/ --orchestrator-ini ./o.ini',
    },
    {
      description: 'For the openstack client, with 50 routers',
      command: '<%= config.bin %> <%= command.id %> --routers 50 --clouds-yaml ./clouds.yaml',
    },
  ]
  static override flags = {
    port: integer({
      summary:
        'Port of Keystone; 0 takes free ports for all services. Without it the usual ports, or free ones where they are taken.',
      min: 0,
      max: 65_535,
      helpValue: 'PORT',
    }),
    'transport-url': string({
      summary: 'RabbitMQ on which Neutron speaks, as oslo.messaging writes it.',
      helpValue: 'URL',
    }),
    routers: integer({ summary: 'Routers to begin with.', default: 6, min: 0, max: 20_000, helpValue: 'N' }),
    tenants: integer({ summary: 'Tenants that own them.', default: 3, min: 1, max: 20_000, helpValue: 'N' }),
    'boot-time': integer({
      summary: 'Milliseconds from Nova’s accept to an appliance’s first answer.',
      default: 2_000,
      min: 0,
      helpValue: 'MS',
    }),
    dataplane: option({ options: ['simulated', 'netns'] as const, default: 'simulated' })({
      summary: 'Appliances that only answer, or real ones in network namespaces with real packets (root on Linux).',
    }),
    'clouds-yaml': string({ summary: 'Write a clouds.yaml to this file.', helpValue: 'FILE' }),
    'orchestrator-ini': string({
      summary: 'Write the options that `astara run` needs to this file.',
      helpValue: 'FILE',
    }),
    'neutron-scheduling': boolean({
      summary: 'Give routers only to L3 agents that report, as stock Neutron does; otherwise to whoever asks.',
    }),
    'no-segments': boolean({
      summary: 'Without Neutron’s service plugin `segments`: Nova then refuses ports without addresses.',
    }),
    'no-router-status': boolean({ summary: 'Without the Neutron extension that sets a router’s status.' }),
    'fault-boot': option({ options: ['never', 'error'] as const, helpGroup: 'FAULTS' })({
      summary: 'Appliances never come up, or Nova ends in ERROR.',
    }),
    'fault-alive': option({ options: ['refuse', 'hang'] as const, helpGroup: 'FAULTS' })({
      summary: 'Appliances refuse connections, or never answer.',
    }),
    'fault-config': option({ options: ['reject', 'fail'] as const, helpGroup: 'FAULTS' })({
      summary: 'Appliances refuse every configuration (422), or fail on it (500).',
    }),
    'fault-delay': integer({
      summary: 'Appliances answer this much later.',
      min: 0,
      helpValue: 'MS',
      helpGroup: 'FAULTS',
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Embedded)
    const { serveEmbedded } = await import('../../embedded/index.ts')
    const { createLogger } = await import('../../shared/index.ts')
    const { ownProgram } = await import('../../launch/index.ts')
    const stopped = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    })
    await serveEmbedded({
      port: flags.port ?? null,
      transportUrl: flags['transport-url'] ?? null,
      routers: flags.routers,
      tenants: flags.tenants,
      bootTimeMs: flags['boot-time'],
      appliances: flags.dataplane === 'netns' ? { kind: 'netns', program: ownProgram() } : 'simulated',
      autoSchedule: !flags['neutron-scheduling'],
      routerStatusExtension: !flags['no-router-status'],
      segments: !flags['no-segments'],
      fault: {
        ...(flags['fault-boot'] ? { boot: flags['fault-boot'] } : {}),
        ...(flags['fault-alive'] ? { alive: flags['fault-alive'] } : {}),
        ...(flags['fault-config'] ? { config: flags['fault-config'] } : {}),
        ...(flags['fault-delay'] === undefined ? {} : { delayMs: flags['fault-delay'] }),
      },
      cloudsYaml: flags['clouds-yaml'] ?? null,
      orchestratorIni: flags['orchestrator-ini'] ?? null,
      logger: createLogger({ level: 'warn', pretty: true, stream: process.stderr }),
      write: (text) => process.stdout.write(text),
      stopped,
    })
  }
}
