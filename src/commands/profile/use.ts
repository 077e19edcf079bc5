import { string as arg } from '@oclif/core/args'
import { LocalCommand } from '../../cli/index.ts'
import type { ShownProfile } from '../../cli/profile-columns.ts'

/** Chooses a profile. */
export default class ProfileUse extends LocalCommand {
  static override summary = 'Talk to this orchestrator from now on.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> lab',
    '<%= config.bin %> <%= command.id %> lab --json',
  ]
  static override args = { name: arg({ required: true, ignoreStdin: true, description: 'Name of the profile.' }) }

  async run(): Promise<ShownProfile> {
    const { args, flags } = await this.parse(ProfileUse)
    return await this.withIo(flags, async (io) => {
      const { useProfile } = await import('../../cli/profile/index.ts')
      return await useProfile(io, { env: process.env, name: args.name, json: flags.json })
    })
  }
}
