// Only what costs nothing to load: commands import this for their metadata, and the rest of the room within run().
export { configFlags, configSelection } from './config-flags.ts'
export { CtlCommand, LocalCommand, outputOptions } from './ctl-command.ts'
export {
  connectionFlags,
  imageFlag,
  instanceStates,
  listingFlags,
  outputFlags,
  reasonFlags,
  selectionFlags,
  streamTypes,
  targetArg,
  targetsArg,
  tenantArg,
  timelineFlags,
  timelineTypes,
  waitFlag,
  watchFlag,
} from './ctl-flags.ts'
export { ListCommand } from './list-command.ts'
export { callRemarks } from './timeline-text.ts'
export { age } from './times.ts'
