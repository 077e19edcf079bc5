import { string as arg } from '@oclif/core/args'
import { string } from '@oclif/core/flags'
import { LocalCommand } from '../../../cli/index.ts'

/** Removes a test host. */
export default class EmbeddedHostRemove extends LocalCommand {
  static override summary = 'Remove a test host and its port.'
  static override examples = ['<%= config.bin %> <%= command.id %> h1']
  static override args = { name: arg({ required: true, ignoreStdin: true, description: 'Name of the host.' }) }
  static override flags = {
    url: string({
      helpValue: 'URL',
      env: 'ASTARA_EMBEDDED_URL',
      summary: 'Keystone of the embedded cloud, where several run.',
    }),
  }

  async run(): Promise<{ readonly removed: string }> {
    const { args, flags } = await this.parse(EmbeddedHostRemove)
    return await this.withIo(flags, async (io, signal) => {
      const { removeHost } = await import('../../../launch/embedded-hosts.ts')
      return await removeHost(io, { name: args.name, url: flags.url, json: flags.json, signal })
    })
  }
}
