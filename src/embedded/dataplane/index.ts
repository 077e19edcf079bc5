export { addDataplaneRoutes } from './control-routes.ts'
export { type Dataplane, type PreparedDataplane, prepareDataplane } from './dataplane.ts'
export { type HostControl, type HostListing, type HostView, hostControl } from './host-control.ts'
