export { bodyText, parseConfiguration } from './parse.ts'
export type { Problem } from './problems.ts'
export { ConfigurationRefused } from './problems.ts'
export type { Configuration, ConfiguredAnchorRule, ConfiguredNetwork, ConfiguredVpnService } from './schema.ts'
