import { type ApiFault, ApiFaults } from './api-faults.ts'
import { type ApplianceFault, ApplianceFaults } from './appliance-faults.ts'

/** All faults of the cloud, adjustable while it runs. */
export class Faults {
  readonly appliances: ApplianceFaults
  readonly apis = new ApiFaults()

  constructor(onChange: () => void) {
    this.appliances = new ApplianceFaults(onChange)
  }

  /** Merges a fault into what holds for every instance, those to come included. */
  setAll(fault: ApplianceFault): void {
    this.appliances.setAll(fault)
  }

  /** Merges a fault into what holds for the instances that `selector` names (server id, name, or part of the name). */
  set(selector: string, fault: ApplianceFault): void {
    this.appliances.set(selector, fault)
  }

  /** Makes an API misbehave. */
  api(fault: ApiFault): void {
    this.apis.add(fault)
  }

  clearApis(): void {
    this.apis.clear()
  }

  /** Ends the faults of one selector, or everything. */
  clear(selector?: string): void {
    this.appliances.clear(selector)
    if (selector === undefined) this.apis.clear()
  }

  list(): Record<string, unknown> {
    return { ...this.appliances.list(), apis: this.apis.list() }
  }
}
