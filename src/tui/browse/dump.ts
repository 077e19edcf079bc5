import { debugWorkers, listResources, listTenants } from '../../cli/ctl/index.ts'
import { AstaraError } from '../../shared/index.ts'
import type { BrowseContext } from './context.ts'
import type { ListView } from './views.ts'

/** What the console's table has, for a paper or a pipe. */
const COLUMNS = [
  'instance_state',
  'name',
  'id',
  'tenant_id',
  'driver',
  'status',
  'step',
  'instances',
  'image_current',
  'last_event_at',
  'last_alive_at',
  'queue',
  'attempts',
  'debug',
]

/**
 * Prints one view once, as `ctl` prints it: whole cells into a file or pipe, cut to the width on a terminal.
 *
 * @throws AstaraError `usage` for the events, which only happen
 */
export async function dump(
  context: BrowseContext,
  view: ListView,
  filter: string | null,
  json: boolean,
): Promise<void> {
  const format = json ? 'json' : 'table'
  const output = { format, headers: true, sort: null, columns: null } as const
  switch (view) {
    case 'resources': {
      const columns = context.io.isTerminal || json ? null : COLUMNS
      const listing = filter === null ? {} : { filter }
      await listResources({ ...context, listing, output: { ...output, sort: 'name', columns } })
      return
    }
    case 'tenants':
      await listTenants({ ...context, output })
      return
    case 'workers':
      await debugWorkers({ ...context, output })
      return
    case 'events':
      throw new AstaraError('usage', 'events happen: they cannot be printed once', {
        suggestions: ['Follow them: astara ctl events'],
      })
  }
}
