export { renderCharon, renderCharonCheck } from './charon.ts'
export { connectionName, type IpsecMode, renderSwanctl, TUN_DEVICE } from './swanctl.ts'
