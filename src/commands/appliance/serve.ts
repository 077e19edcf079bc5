import { Command } from '@oclif/core/command'
import { boolean, integer, string } from '@oclif/core/flags'
import { applianceFlags, appliancePlace, logLevel } from '../../cli/appliance-flags.ts'

export default class ApplianceServe extends Command {
  static override summary = 'Run the agent inside the service VM.'
  static override description =
    'Offers the REST API on the management address and turns the pushed configuration into addresses, firewall rules, routes, DHCP, ' +
    'router advertisements and metadata. Needs root. It takes over the whole network namespace that it runs in: everything that ' +
    'the configuration does not name is closed. The last good configuration is put into force again at start.'

  static override examples = [
    { description: 'In a service VM', command: '<%= config.bin %> <%= command.id %> --listen fdca:3ba5:a17a:acda::2' },
    {
      description: 'In a network namespace, daemons included',
      command:
        'ip netns exec router1 <%= config.bin %> <%= command.id %> --listen 10.9.0.2 --supervise --no-identity --state-dir s --run-dir r',
    },
  ]

  static override flags = {
    ...applianceFlags,
    'metadata-proxy': boolean({
      summary: 'Serve metadata in this process; with --no- it is left to `astara appliance metadata-proxy`.',
      default: true,
      allowNo: true,
    }),
    'probe-v4': string({ summary: 'IPv4 host whose answer means: outside is there.', default: '8.8.8.8' }),
    'probe-v6': string({ summary: 'The same for IPv6.', default: '2001:4860:4860::8888' }),
    'reconcile-interval': integer({
      summary: 'Seconds between two looks at whether everything is still as it should be; 0 for none.',
      default: 60,
      min: 0,
    }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(ApplianceServe)
    const [{ serveAppliance }, { createLogger, systemClock }] = await Promise.all([
      import('../../appliance/index.ts'),
      import('../../shared/index.ts'),
    ])
    const logger = createLogger({ level: logLevel(flags), stream: process.stderr, pretty: !flags['log-json'] })
    const stopped = new Promise<NodeJS.Signals>((resolve) => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve)
    })
    const appliance = await serveAppliance({
      ...appliancePlace(flags),
      metadataProxy: flags['metadata-proxy'],
      probe: { v4: flags['probe-v4'], v6: flags['probe-v6'] },
      reconcileMs: flags['reconcile-interval'] * 1000,
      clock: systemClock,
      logger,
    })
    logger.info({ url: appliance.url }, 'the appliance is ready')
    logger.info({ signal: await stopped }, 'stopping')
    await appliance.stop()
  }
}
