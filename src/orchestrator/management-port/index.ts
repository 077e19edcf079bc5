export { ownAddressIn } from './own-address.ts'
export { startManagementPort } from './start.ts'
