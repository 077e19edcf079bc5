import { CtlCommand, outputFlags, outputOptions, targetArg } from '../../../cli/index.ts'
import type { Resource } from '../../../contract/index.ts'

/** Shows one resource. */
export default class ResourceShow extends CtlCommand {
  static override summary = 'Show all that is known of one resource, with its instances.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f3c',
    '<%= config.bin %> <%= command.id %> my-resource -o yaml',
    '<%= config.bin %> <%= command.id %> 5f3c --json | jq .resource.last_error',
  ]
  static override args = { resource: targetArg() }
  static override flags = outputFlags

  async run(): Promise<{ readonly resource: Resource }> {
    const { args, flags } = await this.parse(ResourceShow)
    return await this.ask(flags, async (context) => {
      const { showResource } = await import('../../../cli/ctl/index.ts')
      return await showResource({ ...context, text: args.resource, driver: null, output: outputOptions(flags) })
    })
  }
}
