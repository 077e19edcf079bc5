export type {
  ApplianceSettings,
  ConfigInputs,
  Driver,
  DriverSources,
  L3Facts,
  L3Source,
  ResourceDetail,
  ResourcePort,
  ResourceSummary,
} from './driver.ts'
export {
  groupOf,
  INSTANCE_NAME_PREFIX,
  instanceIndex,
  instanceName,
  legacyPortName,
  nextInstanceIndex,
  portName,
  resourceName,
} from './names.ts'
export {
  createRouterDriver,
  type RouterConfigSettings,
  type VpnDocuments,
  type VpnSource,
} from './router/index.ts'
