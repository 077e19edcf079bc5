/** What stands in place of a secret. */
const MASK = '***'

const SECRET_KEY = /psk|secret|passw|passphrase|token|credential|private_?key|shared_?key|auth_?key/i

/** True for a key whose value must not be shown. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key)
}

/** A secret as it may be shown: that there is one, no more. */
export function masked(value: unknown): unknown {
  return value === null || value === undefined || value === '' ? value : MASK
}

/** A copy without secrets: whatever stands under a key that names one is masked, however deep. */
export function maskSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskSecrets)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, isSecretKey(key) ? masked(inner) : maskSecrets(inner)]),
  )
}
