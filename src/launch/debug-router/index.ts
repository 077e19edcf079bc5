export { type DebugRouterOptions, runDebugRouter } from './run-debug-router.ts'
