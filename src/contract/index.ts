export * from './appliance.ts'
export { openApiDocument } from './openapi.ts'
export * from './operator.ts'
