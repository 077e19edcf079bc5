export { CANDIDATE_KINDS, type CandidateKind, printCandidates } from './candidates.ts'
export { completionScript, SHELLS, type Shell } from './script.ts'
export { type CommandShape, completionTree } from './tree.ts'
