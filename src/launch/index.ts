export { ownProgram } from './own-program.ts'
export { type CheckOptions, runCheck } from './run-check.ts'
export { type RunOptions, runOrchestrator } from './run-orchestrator.ts'
