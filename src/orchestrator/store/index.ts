export { openConfiguredStore } from './configured.ts'
export { DebugBook, type DebugChange } from './debug-book.ts'
export { DebugMarks, type DebugTarget } from './debug-marks.ts'
export { type AuditRecord, type OperatorStore, openStore } from './operator-store.ts'
