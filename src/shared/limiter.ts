import { onAbort } from './abort.ts'

/** Bounds how many requests to something are under way at the same time. */
export interface Limiter {
  /**
   * Resolves with the function that gives the slot back, once there is one. Waiting callers take turns by `lane`, one request each:
   * a listing of a hundred chunks does not hold up somebody's single call. Rejects with the signal's reason.
   */
  acquire(lane: symbol, signal: AbortSignal): Promise<() => void>
  /** How many slots there are from now on. Who holds one beyond that keeps it. */
  resize(slots: number): void
  readonly active: number
  readonly waiting: number
}

interface Waiter {
  grant(): void
}

/** A limiter of `slots` requests. */
export function createLimiter(initialSlots: number): Limiter {
  let slots = initialSlots
  // Insertion order is turn order: of lanes in the map, of waiters in a lane.
  const lanes = new Map<symbol, Set<Waiter>>()
  let active = 0
  let waiting = 0

  function leave(lane: symbol, waiter: Waiter): void {
    const queue = lanes.get(lane)
    if (queue?.delete(waiter) !== true) return
    waiting -= 1
    if (queue.size === 0) lanes.delete(lane)
  }

  function next(): Waiter | null {
    for (const [lane, queue] of lanes) {
      for (const waiter of queue) {
        leave(lane, waiter)
        if (lanes.delete(lane)) lanes.set(lane, queue)
        return waiter
      }
    }
    return null
  }

  /** A slot is handed from one to the next; a second call of the same function does nothing. */
  function releaseOnce(): () => void {
    let held = true
    return () => {
      if (!held) return
      held = false
      active -= 1
      handOut()
    }
  }

  function handOut(): void {
    while (active < slots) {
      const waiter = next()
      if (waiter === null) return
      active += 1
      waiter.grant()
    }
  }

  return {
    get active() {
      return active
    },
    get waiting() {
      return waiting
    },
    resize(newSlots) {
      slots = newSlots
      handOut()
    },
    acquire(lane, signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      if (active < slots) {
        active += 1
        return Promise.resolve(releaseOnce())
      }
      return new Promise((resolve, reject) => {
        const callOff = onAbort(signal, () => {
          leave(lane, waiter)
          reject(signal.reason)
        })
        const waiter: Waiter = {
          grant() {
            callOff()
            resolve(releaseOnce())
          },
        }
        const queue = lanes.get(lane) ?? new Set()
        lanes.set(lane, queue.add(waiter))
        waiting += 1
      })
    },
  }
}
