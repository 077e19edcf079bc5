import { boolean, integer, string } from '@oclif/core/flags'
import { LocalCommand } from '../../../cli/index.ts'
import type { HostView } from '../../../embedded/index.ts'

/** Makes a test host. */
export default class EmbeddedHostAdd extends LocalCommand {
  static override summary = 'Put a test host on a network of an embedded cloud with real packets.'
  static override description =
    'Makes a Neutron port and a network namespace that has it and asks the router for a lease. On a network without DHCP the addresses ' +
    'of the port are set instead.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --network net-1',
    '<%= config.bin %> <%= command.id %> --network public --name outside --json',
  ]
  static override flags = {
    network: string({ required: true, helpValue: 'NETWORK', summary: 'Name or id of the Neutron network.' }),
    name: string({ helpValue: 'NAME', summary: 'What to call it: a-z, 0-9 and dashes [default: h1, h2, …].' }),
    wait: boolean({ allowNo: true, default: true, summary: 'Wait until it has a lease.' }),
    timeout: integer({ default: 60, min: 1, helpValue: 'SECONDS', summary: 'Wait so long.' }),
    url: string({
      helpValue: 'URL',
      env: 'ASTARA_EMBEDDED_URL',
      summary: 'Keystone of the embedded cloud, where several run.',
    }),
  }

  async run(): Promise<{ readonly host: HostView }> {
    const { flags } = await this.parse(EmbeddedHostAdd)
    const { network, name, url, json } = flags
    return await this.withIo(flags, async (io, signal) => {
      const { addHost } = await import('../../../launch/embedded-hosts.ts')
      return await addHost(io, { network, name, url, json, signal, waitMs: flags.wait ? flags.timeout * 1_000 : 0 })
    })
  }
}
