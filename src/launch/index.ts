export { ownProgram } from './own-program.ts'
export { type RunOptions, runOrchestrator } from './run-orchestrator.ts'
