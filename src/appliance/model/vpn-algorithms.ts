import type { Configuration } from '../body/index.ts'

type Connection = Configuration['vpn'][number]['ipsec_connections'][number]

/** Neutron's names of what negotiates keys, in strongSwan's words. */
const GROUPS: Readonly<Record<string, string>> = {
  group2: 'modp1024',
  group5: 'modp1536',
  group14: 'modp2048',
  group15: 'modp3072',
  group16: 'modp4096',
  group17: 'modp6144',
  group18: 'modp8192',
  group19: 'ecp256',
  group20: 'ecp384',
  group21: 'ecp521',
  group22: 'modp1024s160',
  group23: 'modp2048s224',
  group24: 'modp2048s256',
  group28: 'ecp256bp',
  group29: 'ecp384bp',
  group30: 'ecp512bp',
  group31: 'curve25519',
}

const CIPHERS: Readonly<Record<string, string>> = {
  '3des': '3des',
  'aes-128': 'aes128',
  'aes-192': 'aes192',
  'aes-256': 'aes256',
}

const DIGESTS: Readonly<Record<string, string>> = {
  sha1: 'sha1',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  'aes-xcbc': 'aesxcbc',
}

/** Ciphers that authenticate what they encrypt: `aes-256-gcm-16`. */
const AEAD = /^aes-(128|192|256)-gcm-(8|12|16)$/

/** A proposal, or the algorithm that is not offered. */
export type Proposal = { readonly text: string } | { readonly unknown: string }

const own = (table: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

/** How the ends talk about keys. */
export function ikeProposal({ encryption_algorithm: cipher, auth_algorithm, pfs }: Connection['ikepolicy']): Proposal {
  const group = own(GROUPS, pfs)
  const digest = own(DIGESTS, auth_algorithm)
  if (group === undefined) return { unknown: pfs }
  if (digest === undefined) return { unknown: auth_algorithm }
  const aead = AEAD.exec(cipher)
  if (aead) return { text: `aes${aead[1]}gcm${aead[2]}-prf${digest}-${group}` }
  const plain = own(CIPHERS, cipher)
  return plain === undefined ? { unknown: cipher } : { text: `${plain}-${digest}-${group}` }
}

/** How packets are protected. The original took the algorithms of the IKE policy here. */
export function childProposal(policy: Connection['ipsecpolicy']): Proposal {
  const { encryption_algorithm: cipher, auth_algorithm, pfs, transform_protocol: protocol } = policy
  const group = own(GROUPS, pfs)
  const digest = own(DIGESTS, auth_algorithm)
  if (group === undefined) return { unknown: pfs }
  if (digest === undefined) return { unknown: auth_algorithm }
  if (protocol === 'ah') return { text: `${digest}-${group}` }
  if (protocol === 'ah-esp') return { unknown: protocol }
  const aead = AEAD.exec(cipher)
  if (aead) return { text: `aes${aead[1]}gcm${aead[2]}-${group}` }
  const plain = own(CIPHERS, cipher)
  return plain === undefined ? { unknown: cipher } : { text: `${plain}-${digest}-${group}` }
}
