export { type RunOptions, runOrchestrator } from './run-orchestrator.ts'
