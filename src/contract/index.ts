export * from './appliance.ts'
export * from './operator.ts'
