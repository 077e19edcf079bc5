import { Args } from '@oclif/core'
import { Command } from '@oclif/core/command'
import { integer, string } from '@oclif/core/flags'

export default class ApplianceConfigureManagement extends Command {
  static override summary = 'Give the management interface its address at first boot.'
  static override description =
    'What the cloud-config of a service VM runs: finds the interface with this MAC among all, sets address and MTU, and binds sshd and ' +
    'the agent to the address. Fails when there is no such interface. Done again it changes nothing.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> fa:16:3e:00:00:01 fdca:3ba5:a17a:acda:f816:3eff:fee0:e1b0/64',
  ]

  static override args = {
    mac: Args.string({ description: 'MAC address of the management port.', required: true }),
    address: Args.string({ description: 'Address and prefix length.', required: true }),
  }

  static override flags = {
    mtu: integer({ summary: 'MTU of the interface.', default: 1280, min: 68, max: 65_535 }),
    'sshd-config': string({
      summary: 'Configuration of sshd; empty leaves it alone.',
      default: '/etc/ssh/sshd_config',
    }),
    'environment-file': string({
      summary: "Environment file of the agent's unit; empty writes none.",
      default: '/etc/default/astara-appliance',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ApplianceConfigureManagement)
    const [{ configureManagement, diskFiles, linuxKernel }, { createLogger, systemClock }] = await Promise.all([
      import('../../appliance/index.ts'),
      import('../../shared/index.ts'),
    ])
    const logger = createLogger({ level: 'info', stream: process.stderr, pretty: true })
    const nonEmpty = (value: string): string | null => (value === '' ? null : value)
    await configureManagement(
      {
        mac: args.mac,
        address: args.address,
        mtu: flags.mtu,
        sshdConfig: nonEmpty(flags['sshd-config']),
        environmentFile: nonEmpty(flags['environment-file']),
      },
      { kernel: linuxKernel(logger, systemClock), files: diskFiles, logger },
    )
  }
}
