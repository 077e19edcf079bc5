/** What a reference turned into, or why it did not. */
export type Reference = { readonly text: string } | 'unknown'

// As in oslo.config: letters, digits, underscore and dots, starting with a letter or underscore.
const REFERENCE = /\$(?:\$|\{([_a-z][._a-z0-9]*)\}|([_a-z][._a-z0-9]*))/gi

/**
 * Replaces `$option`, `${option}`, `$group.option` and `${group.option}` by what `lookup` says; `$$` and `\$` stand for a dollar sign.
 * What `lookup` does not know stays as written and is told to `onUnknown`. In a bare reference only as much as is known counts: `$host.example.com` is `$host`
 * followed by `.example.com` unless there is a section `host`.
 */
export function substitute(
  text: string,
  lookup: (name: string) => Reference,
  onUnknown: (name: string) => void,
): string {
  if (!text.includes('$')) return text
  return text.replaceAll('\\$', '$$$$').replace(REFERENCE, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$'
    if (braced !== undefined) {
      const found = lookup(braced)
      if (found !== 'unknown') return found.text
      onUnknown(braced)
      return whole
    }
    for (let name = bare ?? ''; name !== ''; name = name.slice(0, Math.max(name.lastIndexOf('.'), 0))) {
      const found = lookup(name)
      if (found !== 'unknown') return found.text + (bare ?? '').slice(name.length)
    }
    onUnknown(bare ?? '')
    return whole
  })
}
