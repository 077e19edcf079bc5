import { string as arg } from '@oclif/core/args'
import { LocalCommand, reasonFlags } from '../../cli/index.ts'

/** Forgets a profile. */
export default class ProfileRemove extends LocalCommand {
  static override summary = 'Forget a profile.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> lab',
    '<%= config.bin %> <%= command.id %> lab --yes --json',
  ]
  static override args = { name: arg({ required: true, ignoreStdin: true, description: 'Name of the profile.' }) }
  static override flags = { yes: reasonFlags.yes }

  async run(): Promise<{ readonly removed: string }> {
    const { args, flags } = await this.parse(ProfileRemove)
    return await this.withIo(flags, async (io, signal) => {
      const { removeProfile } = await import('../../cli/profile/index.ts')
      return await removeProfile(io, { env: process.env, name: args.name, yes: flags.yes, json: flags.json, signal })
    })
  }
}
