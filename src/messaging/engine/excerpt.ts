const EXCERPT_BYTES = 4096

/** A JSON key that names a secret, with any quoting an envelope adds, and its text value. */
const SECRET = /((?:auth_token|token|password|passwd|secret|psk|admin_pass|adminPass)\\*"\s*:\s*\\*")(?!\\*")[^"\\]*/gi

/** The beginning of a body for people to look at: at most 4 KiB, secrets masked. */
export function excerptOf(body: Buffer): string {
  return body.subarray(0, EXCERPT_BYTES).toString('utf8').replaceAll(SECRET, '$1***')
}
