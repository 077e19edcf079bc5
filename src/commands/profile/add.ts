import { string as arg } from '@oclif/core/args'
import { boolean, integer, option, string } from '@oclif/core/flags'
import { LocalCommand } from '../../cli/index.ts'
import type { ShownProfile } from '../../cli/profile-columns.ts'

/** Keeps how an orchestrator is reached. */
export default class ProfileAdd extends LocalCommand {
  static override summary = 'Keep under a name how an orchestrator is reached.'
  static override description =
    'Profiles stand in ~/.config/astara/profiles.json ($XDG_CONFIG_HOME is heeded), which only its owner can read. The first one is ' +
    'used from then on; --profile, ASTARA_PROFILE or `astara profile use` choose another.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> lab --url http://127.0.0.1:44250',
    '<%= config.bin %> <%= command.id %> site2 --url http://127.0.0.1:44251 --use --timeout 60',
    'echo rabbit://user:password@broker:5672/ | <%= config.bin %> <%= command.id %> bus --via amqp --transport-url -',
  ]
  static override args = {
    name: arg({ required: true, ignoreStdin: true, description: 'Letters, digits, "-", "_", ".".' }),
  }
  static override flags = {
    url: string({ helpValue: 'URL', summary: "Address of the orchestrator's HTTP API." }),
    via: option({ options: ['http', 'amqp'] as const, summary: 'Talk over HTTP (default) or AMQP.' })(),
    'transport-url': string({
      helpValue: 'URL',
      summary:
        'Where RabbitMQ is, with its password; - asks for it or reads it from standard input, so that ps never shows it.',
    }),
    'config-file': string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
      summary: "The orchestrator's configuration, read for what the profile does not say; may be repeated.",
    }),
    timeout: integer({ min: 1, max: 86_400, helpValue: 'SECONDS', summary: 'Wait so long for an answer.' }),
    use: boolean({ summary: 'Use it from now on.' }),
    replace: boolean({ summary: 'Replace the one of this name.' }),
  }

  async run(): Promise<ShownProfile> {
    const { args, flags } = await this.parse(ProfileAdd)
    const { url, via, timeout, use, replace, json } = flags
    return await this.withIo(flags, async (io, signal) => {
      const { addProfile } = await import('../../cli/profile/index.ts')
      return await addProfile(io, {
        name: args.name,
        url,
        via,
        transportUrl: flags['transport-url'],
        configFile: flags['config-file'],
        timeout,
        use,
        replace,
        env: process.env,
        json,
        signal,
      })
    })
  }
}
