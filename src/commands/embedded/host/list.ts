import { string } from '@oclif/core/flags'
import { LocalCommand, outputFlags, outputOptions } from '../../../cli/index.ts'
import type { HostListing } from '../../../embedded/index.ts'

/** Lists test hosts. */
export default class EmbeddedHostList extends LocalCommand {
  static override summary = 'List the test hosts of an embedded cloud with real packets.'
  static override description = 'With -o json it also names the outside and every instance, with their namespaces.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> -o json']
  static override flags = {
    ...outputFlags,
    url: string({
      helpValue: 'URL',
      env: 'ASTARA_EMBEDDED_URL',
      summary: 'Keystone of the embedded cloud, where several run.',
    }),
  }

  async run(): Promise<HostListing> {
    const { flags } = await this.parse(EmbeddedHostList)
    return await this.withIo(flags, async (io, signal) => {
      const { listHosts } = await import('../../../launch/embedded-hosts.ts')
      return await listHosts(io, { url: flags.url, signal, output: outputOptions(flags) })
    })
  }
}
