/** Views that are lists. */
export const LIST_VIEWS = ['resources', 'workers', 'tenants', 'events'] as const
export type ListView = (typeof LIST_VIEWS)[number]

/** Tabs of one resource. */
export const DETAIL_TABS = ['summary', 'timeline', 'networks', 'config', 'graph', 'raw'] as const
export type DetailTab = (typeof DETAIL_TABS)[number]

/** Where one is. `help` lies over the view that it explains. */
export type Place =
  | { readonly view: ListView }
  | { readonly view: 'detail'; readonly id: string; readonly tab: DetailTab }
  | { readonly view: 'help' }

export type View = Place['view']

export const TITLES: Readonly<Record<ListView, string>> = {
  resources: 'Resources',
  workers: 'Workers',
  tenants: 'Tenants',
  events: 'Events',
}
