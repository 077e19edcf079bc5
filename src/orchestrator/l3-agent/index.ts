export { L3Agent, type L3AgentOptions, type NeutronCall } from './l3-agent.ts'
