import { LocalCommand, outputFlags, outputOptions } from '../../cli/index.ts'
import type { ShownProfile } from '../../cli/profile-columns.ts'

/** Lists the profiles. */
export default class ProfileList extends LocalCommand {
  static override summary = 'List the orchestrators that are kept; passwords are masked.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> -o name']
  static override flags = outputFlags

  async run(): Promise<{ readonly profiles: readonly ShownProfile[] }> {
    const { flags } = await this.parse(ProfileList)
    return await this.withIo(flags, async (io) => {
      const { listProfiles } = await import('../../cli/profile/index.ts')
      return await listProfiles(io, { env: process.env, output: outputOptions(flags) })
    })
  }
}
