import { networkInterfaces } from 'node:os'

/** Failures of this machine: no route, no interface, no file descriptor, no memory. Nobody was asked anything. */
const OWN_FAULTS: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
])

/** Addresses of this machine's interfaces that are up and have a carrier. */
function addressesUp(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)))
}

/**
 * Whether this machine can see appliances at all. Blind is not dead: once its own address on the management network is gone, questions run
 * into time-outs (through a default route, say) that tell nothing about whom they were meant for.
 */
export class Sight {
  readonly #addresses: () => ReadonlySet<string>
  /** The address of ours that reached an appliance last. */
  #from: string | null = null

  constructor(addresses: () => ReadonlySet<string> = addressesUp) {
    this.#addresses = addresses
  }

  /** An appliance answered to this address of ours. */
  reached(from: string | undefined): void {
    // Addresses of 127/8 that no interface names would look lost at once.
    if (from === undefined || from === this.#from || !this.#addresses().has(from)) return
    this.#from = from
  }

  /** Why a question that was not answered says nothing; null: it does. `code`: of the error, if there was one. */
  blindness(code: string | null): string | null {
    if (code !== null && OWN_FAULTS.has(code)) return `this machine cannot reach anybody there: ${code}`
    if (this.#from === null || this.#addresses().has(this.#from)) return null
    return `this machine has lost its address ${this.#from} on the management network`
  }
}
