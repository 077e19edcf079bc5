export { type BrowseOptions, runBrowse } from './browse/run.tsx'
