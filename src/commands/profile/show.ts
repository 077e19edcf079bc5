import { string as arg } from '@oclif/core/args'
import { LocalCommand, outputFlags, outputOptions } from '../../cli/index.ts'
import type { ShownProfile } from '../../cli/profile-columns.ts'

/** Shows one profile. */
export default class ProfileShow extends LocalCommand {
  static override summary = 'Show a profile, or the one in use; its password is masked.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> lab --json']
  static override args = { name: arg({ ignoreStdin: true, description: 'Name of the profile.' }) }
  static override flags = outputFlags

  async run(): Promise<{ readonly profile: ShownProfile }> {
    const { args, flags } = await this.parse(ProfileShow)
    return await this.withIo(flags, async (io) => {
      const { showProfile } = await import('../../cli/profile/index.ts')
      return await showProfile(io, { env: process.env, name: args.name, output: outputOptions(flags) })
    })
  }
}
