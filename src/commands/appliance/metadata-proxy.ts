import { Command } from '@oclif/core/command'
import { boolean, string } from '@oclif/core/flags'
import { logLevel } from '../../cli/appliance-flags.ts'

export default class ApplianceMetadataProxy extends Command {
  static override summary = 'Serve instance metadata on the tenant networks.'
  static override description =
    'The part of the agent that tenants talk to, as a process of its own that needs no privileges. It follows the file that the agent ' +
    'writes, finds out by network and source address which instance asks, and forwards to the orchestrator.'

  static override flags = {
    config: string({
      summary: 'File that the agent writes.',
      default: '/run/astara-appliance/metadata.json',
      helpValue: 'FILE',
    }),
    'log-level': string({
      summary: 'How much is logged.',
      options: ['debug', 'info', 'warn', 'error'],
      default: 'info',
    }),
    'log-json': boolean({ summary: 'Log JSON lines instead of plain ones.', default: false }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(ApplianceMetadataProxy)
    const [{ followMetadataConfig, MetadataProxy }, { createLogger, systemClock }] = await Promise.all([
      import('../../appliance/index.ts'),
      import('../../shared/index.ts'),
    ])
    const logger = createLogger({ level: logLevel(flags), stream: process.stderr, pretty: !flags['log-json'] })
    const proxy = new MetadataProxy(systemClock, logger)
    const follower = followMetadataConfig(flags.config, (config) => proxy.apply(config), systemClock, logger)
    await new Promise((resolve) => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, resolve)
    })
    follower.stop()
    proxy.stop()
  }
}
