import type { Model } from '../model/index.ts'

/** Where conntrackd keeps its things. */
export interface ConntrackdPaths {
  readonly lock: string
  readonly socket: string
}

/** Shares established connections with the other half of a pair, so that they survive a change of master. Null without a peer. */
export function renderConntrackd(model: Model, paths: ConntrackdPaths): string | null {
  const { ha, management } = model
  const peer = ha?.peers[0]
  if (!ha || !management || !peer) return null
  const family = ha.source.family === 6 ? 'IPv6' : 'IPv4'
  const ignored = management.addresses.map(({ ip }) => `IPv${ip.family}_address ${ip.text}`)
  return `${[
    'General {',
    '  HashSize 8192',
    '  HashLimit 131072',
    '  Syslog off',
    '  LogFile off',
    `  LockFile ${paths.lock}`,
    `  UNIX { Path ${paths.socket} }`,
    '  NetlinkBufferSize 2097152',
    '  NetlinkBufferSizeMaxGrowth 8388608',
    '  Filter From Userspace {',
    // The original left UDP and ICMP behind.
    '    Protocol Accept { TCP UDP ICMP IPv6-ICMP }',
    '    Address Ignore {',
    ...['IPv4_address 127.0.0.1', 'IPv6_address ::1', ...ignored].map((line) => `      ${line}`),
    '    }',
    '  }',
    '}',
    'Sync {',
    '  Mode FTFW { }',
    '  UDP {',
    `    ${family}_address ${ha.source.text}`,
    `    ${family}_Destination_Address ${peer.text}`,
    '    Port 3780',
    `    Interface ${management.device}`,
    '    SndSocketBuffer 1249280',
    '    RcvSocketBuffer 1249280',
    '    Checksum on',
    '  }',
    '}',
  ].join('\n')}\n`
}
