import type { Site } from '../support/site.ts'

/** Something that happens in a cloud, told once and played on every cloud. */
export interface Story {
  /** What it is about, as the table of results says it. */
  readonly title: string
  /** Ends with the appliance's reality equal to Neutron's. Throws when it does not. */
  readonly play: (site: Site) => Promise<void>
  /** Milliseconds it may take; 20 minutes unless it says otherwise: clouds share their processors. */
  readonly timeoutMs?: number
}
