/** A Nova server. */
export interface Server {
  readonly id: string
  /** Position in the order of creation, from 0. */
  readonly index: number
  name: string
  readonly projectId: string
  readonly userId: string
  /** BUILD, ACTIVE, SHUTOFF, ERROR, DELETED */
  status: string
  vmState: string
  taskState: string | null
  powerState: number
  readonly imageId: string | null
  readonly flavorId: string
  readonly createdAt: number
  updatedAt: number
  launchedAt: number | null
  terminatedAt: number | null
  readonly metadata: Record<string, string>
  readonly configDrive: boolean
  readonly userData: string | null
  readonly keyName: string | null
  readonly reservationId: string
  description: string | null
  locked: boolean
  host: string | null
  fault: { code: number; message: string; created: number } | null
  /** Port ids in the order in which they were attached. */
  readonly portIds: string[]
  /** Ports that Nova made itself: they go with the server. */
  readonly ownPortIds: Set<string>
}

export interface Flavor {
  readonly id: string
  readonly name: string
  readonly ram: number
  readonly vcpus: number
  readonly disk: number
  readonly ephemeral: number
  readonly swap: number
  readonly isPublic: boolean
}

/** The flavors there are. */
export const FLAVORS: readonly Flavor[] = [
  { id: '511', name: 'm1.astara', ram: 64, vcpus: 1, disk: 1, ephemeral: 0, swap: 0, isPublic: true },
  { id: '1', name: 'm1.tiny', ram: 512, vcpus: 1, disk: 1, ephemeral: 0, swap: 0, isPublic: true },
  { id: '2', name: 'm1.small', ram: 2048, vcpus: 1, disk: 20, ephemeral: 0, swap: 0, isPublic: true },
]
