import type { HaConfig } from '../../contract/index.ts'

const PREFERRED = 100
const OTHER = 50

/**
 * VRRP roles of a pair: the member with the lowest index in its name is preferred. Names only ever grow, so the one that stays when the other
 * is replaced is (or becomes) the preferred one, whatever clocks say: a newcomer never takes the traffic from a running member.
 */
export function haConfigs(
  members: readonly { readonly id: string; readonly index: number; readonly address: string }[],
): ReadonlyMap<string, HaConfig> {
  // Two of the same name exist only while one of them is being removed; ids decide then, so that never two share a priority.
  const [preferred] = [...members].sort((a, b) => a.index - b.index || (a.id < b.id ? -1 : 1))
  return new Map(
    members.map((member) => [
      member.id,
      {
        peers: members.filter(({ id }) => id !== member.id).map(({ address }) => address),
        priority: member === preferred ? PREFERRED : OTHER,
      },
    ]),
  )
}
