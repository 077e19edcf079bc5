import type { ResourceList } from '../contract/index.ts'
import type { Listing } from './ctl/list-resources.ts'
import { type ConnectionFlags, CtlCommand, outputOptions } from './ctl-command.ts'

/** The values of `listingFlags`, `outputFlags` and `watchFlag`. */
type ListFlags = ConnectionFlags &
  Omit<Listing, 'driver'> &
  Parameters<typeof outputOptions>[0] & { readonly watch: boolean }

/** A command that lists resources, once or with every change from then on. */
export abstract class ListCommand extends CtlCommand {
  /** Lists those of this driver; undefined: of all. */
  protected async list(flags: ListFlags, driver: Listing['driver']): Promise<ResourceList | { readonly rows: number }> {
    const { tenant, state, name, filter } = flags
    const listing = { driver, tenant, state, name, filter }
    const output = outputOptions(flags)
    if (flags.watch) {
      return await this.withClient(flags, async (context) => {
        const { watchResources } = await import('./ctl/index.ts')
        return await watchResources({ ...context, listing, output })
      })
    }
    return await this.ask(flags, async (context) => {
      const { listResources } = await import('./ctl/index.ts')
      return await listResources({ ...context, listing, output })
    })
  }
}
