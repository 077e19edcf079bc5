import type { Model, Tunnel } from '../../model/index.ts'
import type { Cidr, Family } from '../../net/ip.ts'
import { type IpsecMode, TUN_DEVICE } from '../vpn/index.ts'

const IKE_PORTS = '500,4500'

/** Peers may talk to charon, and to nothing else of the router; only while there are tunnels. */
export function vpnInputRules({ tunnels, external }: Model, family: Family): string[] {
  const rules = tunnels
    .filter(({ local }) => local.family === family)
    .flatMap(({ local, remote, protocol }) => {
      const head = `-A INPUT -i ${external?.device} -s ${remote.text} -d ${local.text}`
      return [
        `${head} -p udp -m multiport --dports ${IKE_PORTS} -j ACCEPT`,
        `${head} ${family === 6 && protocol === 'ah' ? '-m ah' : `-p ${protocol}`} -j ACCEPT`,
      ]
    })
  return [...new Set(rules)]
}

/** Both sides of every tunnel, in one family, each pair once. */
function pairs(tunnels: readonly Tunnel[], family: Family): { local: Cidr; remote: Cidr; mtu: number }[] {
  const all = tunnels.flatMap(({ selectors, mtu }) =>
    selectors.flatMap(({ local, remote }) =>
      local.flatMap((ours) => remote.map((theirs) => ({ local: ours, remote: theirs, mtu }))),
    ),
  )
  const own = all.filter(({ local }) => local.address.family === family)
  return [...new Map(own.map((pair) => [`${pair.local.text} ${pair.remote.text}`, pair])).values()]
}

/**
 * Traffic of tunnels. What would leave for a peer's network in the clear is dropped, and so is what comes from outside and claims to be
 * of it; what passed IPsec goes through. In front of what is established: a connection must not fall out of its tunnel.
 */
export function vpnForwardRules({ tunnels, external }: Model, family: Family, mode: IpsecMode): string[] {
  const device = external?.device
  return pairs(tunnels, family).flatMap(({ local, remote }) => {
    const out = `-s ${local.text} -d ${remote.text}`
    const back = `-s ${remote.text} -d ${local.text}`
    if (mode === 'userspace') {
      return [
        `-A VPN -o ${TUN_DEVICE} ${out} -j ACCEPT`,
        `-A VPN -i ${TUN_DEVICE} ${back} -j ACCEPT`,
        `-A VPN -o ${device} ${out} -j DROP`,
        `-A VPN -i ${device} ${back} -j DROP`,
      ]
    }
    return [
      `-A VPN -o ${device} ${out} -m policy --dir out --pol ipsec -j ACCEPT`,
      `-A VPN -i ${device} ${back} -m policy --dir in --pol ipsec -j ACCEPT`,
      `-A VPN -o ${device} ${out} -m policy --dir out --pol none -j DROP`,
      `-A VPN -i ${device} ${back} -m policy --dir in --pol none -j DROP`,
    ]
  })
}

/** Address translation comes before the last look at the policies: what is translated falls out of its tunnel. */
export function vpnNatRules({ tunnels }: Model, mode: IpsecMode): string[] {
  if (tunnels.length === 0) return []
  return [
    mode === 'userspace'
      ? `-A POSTROUTING -o ${TUN_DEVICE} -j ACCEPT`
      : '-A POSTROUTING -m policy --dir out --pol ipsec -j ACCEPT',
  ]
}

const HEADERS: Readonly<Record<Family, number>> = { 4: 40, 6: 60 }

/** TCP learns of a tunnel's size by its first packet: the messages that say so otherwise are often lost. */
export function vpnMangleRules({ tunnels }: Model, family: Family): string[] {
  return pairs(tunnels, family).flatMap(({ local, remote, mtu }) => {
    const clamp = `-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss ${Math.max(1, mtu - HEADERS[family])}`
    return [
      `-A FORWARD -s ${local.text} -d ${remote.text} ${clamp}`,
      `-A FORWARD -s ${remote.text} -d ${local.text} ${clamp}`,
    ]
  })
}
