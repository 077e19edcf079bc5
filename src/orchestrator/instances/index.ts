export {
  type ApplianceClient,
  ApplianceError,
  type ApplianceTarget,
  createApplianceClient,
} from './appliance-client/index.ts'
export { CloudView, type CloudViewOptions } from './cloud-view/index.ts'
export { createVpnView } from './cloud-view/vpn.ts'
export { InstanceError, type InstanceErrorReason, toResourceError } from './errors.ts'
export { createInstanceManager, type InstanceManagerOptions } from './manager.ts'
export { ReplacementBudget, type ReplacementLimits } from './replacements.ts'
export { noteRequest } from './requests.ts'
export type { InstanceDeps } from './scope.ts'
export type { InstanceSettings } from './settings.ts'
export type {
  InstanceManager,
  InstanceSnapshot,
  PassCall,
  PassContext,
  PassPush,
  ResourceError,
  Wait,
} from './types.ts'
