import { OpenStackError, type PortCreate } from '../../openstack/index.ts'

/** How Neutron is kept from dropping what an appliance forwards, best first. */
const WAYS = ['off', 'pairs', 'none'] as const
type Way = (typeof WAYS)[number]

const ANYTHING = [{ ip_address: '0.0.0.0/0' }, { ip_address: '::/0' }] as const

/**
 * An appliance forwards packets of others, which a port's protection against forged addresses would drop: it is switched off
 * (`port_security_enabled: false`), or, where Neutron does not offer or allow that, told to let any address pass
 * (`allowed_address_pairs`). What Neutron refused once is not tried again.
 */
export class PortProtection {
  #way: Way

  /** `portSecurity`: the option neutron_port_security_extension_enabled. */
  constructor(portSecurity: boolean) {
    this.#way = portSecurity ? 'off' : 'pairs'
  }

  /** Makes a port the best way that Neutron takes. */
  async create<T>(body: PortCreate, create: (body: PortCreate) => Promise<T>): Promise<T> {
    for (;;) {
      const way = this.#way
      try {
        return await create({ ...body, ...attributesOf(way) })
      } catch (error) {
        const next = WAYS[WAYS.indexOf(way) + 1]
        if (next === undefined || !refuses(error, way)) throw error
        if (this.#way === way) this.#way = next
      }
    }
  }
}

function attributesOf(way: Way): Pick<PortCreate, 'port_security_enabled' | 'allowed_address_pairs'> {
  if (way === 'off') return { port_security_enabled: false }
  return way === 'pairs' ? { allowed_address_pairs: ANYTHING } : {}
}

/** Unknown attribute (400) or one that a policy keeps from us (403). */
function refuses(error: unknown, way: Way): boolean {
  const attribute = way === 'off' ? /port_security/ : /allowed_address_pairs/
  return (
    error instanceof OpenStackError && (error.status === 400 || error.status === 403) && attribute.test(error.detail)
  )
}
