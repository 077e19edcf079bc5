import { createHash } from 'node:crypto'

/** Default: 2^5 points for each host. */
const EXPONENT = 5

interface Point {
  /** md5 in hex: of equal length, so that the order of the texts is the order of the numbers. */
  readonly hash: string
  readonly host: string
}

export interface HashRingOptions {
  /** Each host has 2^exponent points on the ring. Default 5. */
  readonly exponent?: number
}

export interface OwnerOptions {
  /** How many different hosts are wanted. Default 1. */
  readonly replicas?: number
  /** Hosts to walk past. */
  readonly ignore?: ReadonlySet<string>
}

function pointsOf(host: string, exponent: number): readonly Point[] {
  const running = createHash('md5').update(host)
  return Array.from({ length: 2 ** exponent }, () => ({ hash: running.update(host).copy().digest('hex'), host }))
}

/**
 * A consistent hash ring over hosts (hash_ring.csv): point p of a host is the md5 of its name repeated p + 1 times, p from 1; a key
 * belongs to the first point greater than its own md5, wrapping around. Immutable: a change of members makes a new ring, so that nobody
 * ever asks one that is half of the old and half of the new.
 */
export class HashRing {
  readonly hosts: readonly string[]
  readonly #points: readonly Point[]

  constructor(hosts: Iterable<string>, options: HashRingOptions = {}) {
    this.hosts = [...new Set(hosts)]
    this.#points = this.hosts
      .flatMap((host) => pointsOf(host, options.exponent ?? EXPONENT))
      .sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0))
  }

  /** The key's hosts, nearest first: as many as wanted, fewer when there are not as many. A binary search, then a walk. */
  ownersOf(key: string, options: OwnerOptions = {}): readonly string[] {
    const { replicas = 1, ignore } = options
    const owners: string[] = []
    const start = this.#firstAfter(createHash('md5').update(key).digest('hex'))
    for (let walked = 0; walked < this.#points.length && owners.length < replicas; walked += 1) {
      const host = this.#points[(start + walked) % this.#points.length]?.host
      if (host !== undefined && !owners.includes(host) && !ignore?.has(host)) owners.push(host)
    }
    return owners
  }

  /** The key's host; null when there is none. */
  ownerOf(key: string, options: Omit<OwnerOptions, 'replicas'> = {}): string | null {
    return this.ownersOf(key, options)[0] ?? null
  }

  #firstAfter(hash: string): number {
    let low = 0
    let high = this.#points.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#points[middle]?.hash ?? '') > hash) high = middle
      else low = middle + 1
    }
    return low
  }
}
