export { type BrowseOptions, runBrowse } from './browse/run.tsx'
export { type ShowDebugRouterOptions, showDebugRouter } from './debug-router/run.tsx'
