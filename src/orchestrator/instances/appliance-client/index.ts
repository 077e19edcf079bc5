export { managementPrefix } from './address.ts'
export {
  type ApplianceClient,
  type ApplianceTarget,
  createApplianceClient,
} from './client.ts'
export { ApplianceError } from './errors.ts'
