import { z } from 'zod'
import { loadConf } from '../../profile/index.ts'
import { THEME_NAMES } from '../theme.ts'
import type { ConsoleState } from './state.ts'
import { LIST_VIEWS, type ListView } from './views.ts'

const ListPreference = z.object({
  filter: z.string().max(1_000),
  sort: z.object({ column: z.string(), descending: z.boolean() }),
  columns: z.array(z.string()).nullable(),
})

const Preferences = z.object({
  theme: z.enum(THEME_NAMES).nullable().catch(null),
  lists: z.partialRecord(z.enum(LIST_VIEWS), ListPreference).catch({}),
  history: z.array(z.string().max(1_000)).max(100).catch([]),
})
/** What is remembered from one console to the next. Nothing about any orchestrator: only how somebody likes to look at it. */
export type Preferences = z.infer<typeof Preferences>

/** Where preferences are kept. */
export interface PreferenceStore {
  load(): Preferences
  save(preferences: Preferences): void
}

export const noPreferences: Preferences = { theme: null, lists: {}, history: [] }

/** Keeps nothing: for tests, and where no home folder can be written. */
export const forgetful: PreferenceStore = { load: () => noPreferences, save: () => undefined }

/** Kept with `conf` in the user's configuration folder, readable by its owner only. A file that cannot be used is started anew. */
export async function openPreferences(cwd?: string): Promise<PreferenceStore> {
  const Conf = await loadConf()
  try {
    const conf = new Conf<Record<string, unknown>>({
      projectName: 'astara',
      projectSuffix: '',
      configName: 'browse',
      configFileMode: 0o600,
      clearInvalidConfig: true,
      ...(cwd === undefined ? {} : { cwd }),
    })
    return {
      load: () => Preferences.catch(noPreferences).parse(conf.store),
      save(preferences) {
        try {
          conf.store = preferences
        } catch {
          // A full or read-only disk must not take the console down: the next one begins with the defaults.
        }
      },
    }
  } catch {
    return forgetful
  }
}

/** The state's part that is worth remembering. */
export function preferencesOf({ theme, lists, history }: ConsoleState, chosenTheme: boolean): Preferences {
  return {
    theme: chosenTheme ? theme : null,
    lists: Object.fromEntries(
      LIST_VIEWS.map((view) => {
        const { filter, sort, columns } = lists[view]
        return [
          view,
          { filter: view === 'events' ? '' : filter, sort, columns: columns === null ? null : [...columns] },
        ]
      }),
    ),
    history: [...history],
  }
}

/** A beginning state with what was remembered. Sort orders and columns that no longer exist are forgotten. */
export function withPreferences(
  state: ConsoleState,
  { lists, history }: Preferences,
  columnsOf: (view: ListView) => readonly string[],
): ConsoleState {
  const restored = LIST_VIEWS.map((view) => {
    const kept = lists[view]
    if (kept === undefined) return [view, state.lists[view]]
    const known = columnsOf(view)
    const columns = kept.columns?.filter((column) => known.includes(column)) ?? null
    return [
      view,
      {
        ...state.lists[view],
        filter: kept.filter,
        sort: known.includes(kept.sort.column) ? kept.sort : state.lists[view].sort,
        columns: columns?.length === 0 ? null : columns,
      },
    ]
  })
  return { ...state, lists: { ...state.lists, ...Object.fromEntries(restored) }, history }
}
