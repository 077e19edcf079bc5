import type { NovaServer } from '../../openstack/index.ts'
import { instanceIndex } from '../drivers/index.ts'

/** A Neutron port that an instance is plugged into. */
export interface MemberPort {
  readonly id: string
  readonly networkId: string
  readonly macAddress: string
  /** It holds an address that it was lent until Nova has plugged it in. */
  readonly lent: boolean
  /** Neutron says that nobody has plugged it in and wired it yet. */
  readonly unwired: boolean
}

/** The port by which we reach an instance. */
export interface ManagementPort extends MemberPort {
  readonly fixedIps: readonly { readonly subnet_id: string; readonly ip_address: string }[]
  /** The address inside the management prefix; null: it has none we may use. */
  readonly address: string | null
}

/** One server of a resource's group that counts as its instance. Times without a comment are monotonic milliseconds. */
export interface Member {
  readonly id: string
  readonly name: string
  readonly index: number
  status: string
  imageUuid: string | null
  /** Milliseconds since the epoch, Nova's word; null when unreadable. */
  readonly createdAt: number | null
  management: ManagementPort | null
  /** Instance ports: one for each network. */
  ports: readonly MemberPort[]
  /** Ports attached by us that Neutron does not list under this server yet. */
  attaching: readonly MemberPort[]
  alive: boolean | null
  /** When it last failed all tries but one of a health check; null: it has answered since. */
  deniedAt: number | null
  /** Until when it must have answered; each answer moves it. null: not decided yet. */
  deadline: number | null
  /** Fingerprint of the configuration it accepted last. */
  accepted: string | null
  /** It has run a configuration of ours: when it stops answering it is dead, not booting. */
  everConfigured: boolean
  /** Since when the appliance lacks interfaces that it should have; it moves on while the cloud has yet to wire one of them. */
  laggingSince: number | null
  /** Since when an interface that the appliance lacks is waited for that the cloud has yet to wire. */
  unwiredSince: number | null
  /** Consecutive pushes that failed without a refusal. */
  pushFailures: number
  /** Consecutive tries to plug it that failed. */
  plugFailures: number
  /** Why it must be replaced; null: it is fine or may become so. */
  condemned: string | null
}

/** A server on its way out: not an instance any more, but Nova may still have it. */
export interface Leaving {
  readonly id: string
  readonly name: string
  readonly reason: string
  readonly since: number
  readonly portIds: readonly string[]
  /** Nova accepted the deletion. */
  accepted: boolean
  /** Nova does not know it any more; only its ports are left. */
  forgotten: boolean
}

/** The servers of one resource. */
export class Group {
  readonly name: string
  readonly members = new Map<string, Member>()
  readonly leaving = new Map<string, Leaving>()

  constructor(name: string) {
    this.name = name
  }

  /** Members that are not condemned, oldest name first. */
  get present(): Member[] {
    return [...this.members.values()].filter((member) => member.condemned === null).sort((a, b) => a.index - b.index)
  }

  /** Present members that answered the last alive check. */
  get live(): Member[] {
    return this.present.filter((member) => member.alive === true)
  }

  /** Takes a server of this group in, or brings its member up to date. */
  admit(server: NovaServer): Member | null {
    const index = instanceIndex(this.name, server.name)
    if (index === null) return null
    const known = this.members.get(server.id)
    if (known) {
      known.status = server.status
      known.imageUuid = server.image_id ?? known.imageUuid
      return known
    }
    const created = Date.parse(server.created)
    const member: Member = {
      id: server.id,
      name: server.name,
      index,
      status: server.status,
      imageUuid: server.image_id,
      createdAt: Number.isNaN(created) ? null : created,
      management: null,
      ports: [],
      attaching: [],
      alive: null,
      deniedAt: null,
      deadline: null,
      accepted: null,
      everConfigured: false,
      laggingSince: null,
      unwiredSince: null,
      pushFailures: 0,
      plugFailures: 0,
      condemned: null,
    }
    this.members.set(server.id, member)
    return member
  }

  /** From member to leaving. */
  dismiss(member: Member, reason: string, now: number): void {
    this.members.delete(member.id)
    if (this.leaving.has(member.id)) return
    const ports = [...member.ports, ...member.attaching, ...(member.management ? [member.management] : [])]
    this.leaving.set(member.id, {
      id: member.id,
      name: member.name,
      reason,
      since: now,
      portIds: ports.map((port) => port.id),
      accepted: false,
      forgotten: false,
    })
  }

  /** Ids of all ports that are spoken for: members', and those of leaving servers that go with them. */
  portIds(): Set<string> {
    const ids = new Set([...this.leaving.values()].flatMap((leaving) => leaving.portIds))
    for (const member of this.members.values()) {
      if (member.management) ids.add(member.management.id)
      for (const port of [...member.ports, ...member.attaching]) ids.add(port.id)
    }
    return ids
  }

  /** All names in use, for the next index. */
  names(): string[] {
    return [...this.members.values(), ...this.leaving.values()].map(({ name }) => name)
  }
}
