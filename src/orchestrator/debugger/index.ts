export { createRouterDebugger, openStackOf, type RouterDebugger, type RouterDebuggerOptions } from './build.ts'
export {
  COMMAND_HELP,
  type DebugCommand,
  FAIL_NEXT,
  parseCommand,
  parseScript,
} from './commands.ts'
export { Debugger } from './debugger.ts'
export type { DebuggerOptions, Running } from './options.ts'
export { PRETENCE_NAMES, PRETENCES, type PretenceName } from './pretend.ts'
export { pretencesOf, runScript, type ScriptLine, type ScriptResult, scriptError } from './script.ts'
export {
  type DebugCall,
  type DebugError,
  type DebugStep,
  INSPECTIONS,
  type Inspection,
  type InspectionKind,
  type MachineView,
  type RunEnd,
  type Until,
} from './types.ts'
