import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Args } from '@oclif/core'
import { Command } from '@oclif/core/command'
import { applianceFlags, appliancePlace, logLevel } from '../../cli/appliance-flags.ts'

export default class AppliancePlan extends Command {
  static override summary = 'Show what a configuration would change on this machine.'
  static override description =
    'Checks the configuration and every file that follows from it, compares with what is, and prints each change in the order ' +
    'in which it would be made. Nothing is changed. Needs root, as reading firewall rules does.'

  static override examples = ['<%= config.bin %> <%= command.id %> router.json --listen fdca:3ba5:a17a:acda::2']
  static override enableJsonFlag = true
  static override args = { file: Args.string({ description: 'JSON file, - for standard input.', required: true }) }
  static override flags = applianceFlags

  async run(): Promise<{ changes: readonly string[]; warnings: readonly string[] }> {
    const { args, flags } = await this.parse(AppliancePlan)
    const [{ ConfigurationRefused, previewAgent }, { AstaraError, createLogger, messageOf, systemClock }] =
      await Promise.all([import('../../appliance/index.ts'), import('../../shared/index.ts')])
    const logger = createLogger({ level: logLevel(flags), stream: process.stderr, pretty: !flags['log-json'] })
    const source = args.file === '-' ? await text(process.stdin) : await readFile(args.file, 'utf8')
    let body: unknown
    try {
      body = JSON.parse(source)
    } catch (error) {
      throw new AstaraError('bad_config', `${args.file} is not JSON: ${messageOf(error)}`)
    }
    try {
      const { changes, warnings } = await previewAgent(appliancePlace(flags), systemClock, logger).preview(body)
      for (const change of changes) this.log(change)
      if (changes.length === 0) this.log('nothing would change')
      for (const warning of warnings) this.logToStderr(`warning: ${warning}`)
      return { changes, warnings }
    } catch (error) {
      if (!(error instanceof ConfigurationRefused)) throw error
      throw new AstaraError('bad_config', error.message, { details: { problems: error.problems } })
    }
  }
}
