export { createRouterDebugger, openStackOf, type RouterDebugger, type RouterDebuggerOptions } from './build.ts'
export { Debugger, type DebuggerOptions, type Running } from './debugger.ts'
export { isPretence, PRETENCE_NAMES, PRETENCES, type PretenceName } from './pretend.ts'
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
