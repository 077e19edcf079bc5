export { HealthLane, type HealthLaneOptions } from './health-lane.ts'
export { MinHeap } from './min-heap.ts'
export { StallGuard } from './stall-guard.ts'
