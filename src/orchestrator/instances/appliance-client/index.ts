export { managementPrefix } from './address.ts'
export {
  type ApplianceCallOptions,
  type ApplianceClient,
  type ApplianceClientOptions,
  type ApplianceTarget,
  createApplianceClient,
} from './client.ts'
export { ApplianceError } from './errors.ts'
