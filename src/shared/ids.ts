const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

/** True for a UUID with or without dashes, any case. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** Lower-case UUID with dashes, or null when `text` is not a UUID. */
export function normalizeUuid(text: string): string | null {
  if (!isUuid(text)) return null
  const hex = text.replaceAll('-', '').toLowerCase()
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
