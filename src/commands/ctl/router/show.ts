import { CtlCommand, outputFlags, outputOptions, targetArg } from '../../../cli/index.ts'
import type { Resource } from '../../../contract/index.ts'

/** Shows one router. */
export default class RouterShow extends CtlCommand {
  static override summary = 'Show all that is known of one router, with its instances.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-router -o yaml',
    '<%= config.bin %> <%= command.id %> 5f3c --json | jq .resource.last_error',
  ]
  static override args = { router: targetArg() }
  static override flags = outputFlags

  async run(): Promise<{ readonly resource: Resource }> {
    const { args, flags } = await this.parse(RouterShow)
    return await this.ask(flags, async (context) => {
      const { showResource } = await import('../../../cli/ctl/index.ts')
      return await showResource({ ...context, text: args.router, driver: 'router', output: outputOptions(flags) })
    })
  }
}
