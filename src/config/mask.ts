/** What stands in place of a secret. */
export const MASK = '***'

// Hosts with ports, then a path: nothing that could be part of a password in a mistyped URL.
const HARMLESS = /^(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])?(?::\d+)?(?:[,/][A-Za-z0-9_.:/,[\]-]*)?$/

/**
 * A secret as it may be shown. A URL keeps its scheme and what follows its last `@`; one without credentials is shown whole; anything else
 * is hidden whole. When in doubt more is hidden, never less.
 */
export function maskSecret(value: string): string {
  if (value === '') return ''
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(value)?.[0]
  if (scheme === undefined) return MASK
  const rest = value.slice(scheme.length)
  const at = rest.lastIndexOf('@')
  const [hosts = '', query] = rest.slice(at + 1).split(/[?#]/, 2)
  if (!HARMLESS.test(hosts) || /[?#]/.test(rest.slice(0, at + 1))) return MASK
  return `${scheme}${at < 0 ? '' : `${MASK}@`}${hosts}${query === undefined ? '' : `?${MASK}`}`
}
