import { string as arg } from '@oclif/core/args'
import { Command } from '@oclif/core/command'
import { boolean } from '@oclif/core/flags'
import { connectionFlags } from '../../cli/index.ts'

/** What completion scripts ask while somebody types. Not for people. */
export default class Candidates extends Command {
  static override hidden = true
  static override summary = 'Print what may be completed here.'
  static override args = {
    kind: arg({ required: true, ignoreStdin: true, description: 'routers, resources, tenants or profiles.' }),
    prefix: arg({ ignoreStdin: true, default: '', description: 'What was typed so far.' }),
  }
  static override flags = {
    url: connectionFlags.url,
    profile: connectionFlags.profile,
    'config-file': connectionFlags['config-file'],
    refresh: boolean({ hidden: true, summary: 'Take the time that it needs; what is found is for the next time.' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Candidates)
    const [{ CANDIDATE_KINDS, printCandidates }, { systemClock }] = await Promise.all([
      import('../../cli/completion/index.ts'),
      import('../../shared/index.ts'),
    ])
    const kind = CANDIDATE_KINDS.find((one) => one === args.kind)
    if (kind === undefined) return
    const { spawn } = await import('node:child_process')
    const lookInBackground = (): void => {
      const words = [process.argv[1] ?? '', 'completion', 'candidates', '--refresh', ...this.argv]
      spawn(process.execPath, words, {
        detached: true,
        stdio: 'ignore',
      }).unref()
    }
    await printCandidates(kind, args.prefix, {
      env: process.env,
      clock: systemClock,
      // performance.now() counts from the start of the process.
      startedAt: 0,
      open: async (timeoutMs) => {
        const { openClient } = await import('../../cli/open-client.ts')
        const silent = { note: () => {} }
        const asked = { ...flags, color: 'never', pager: false, json: false, timeout: timeoutMs / 1_000 } as const
        return await openClient(asked, { env: process.env, io: silent, version: this.config.version })
      },
      profiles: async () => {
        const { openProfiles } = await import('../../profile/index.ts')
        const { book } = await openProfiles({ env: process.env, warn: () => {} })
        return Object.entries(book.profiles).map(([word, { url, via }]) => ({ word, about: url ?? via ?? '' }))
      },
      refresh: flags.refresh ? null : lookInBackground,
      print: (text) => void process.stdout.write(text),
    })
  }
}
