/** A JSON value as Python prints it: so it stands in the messages of Neutron and Nova. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value}'`
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (typeof value !== 'object') return String(value)
  const items = Object.entries(value).map(([key, one]) => `${pythonRepr(key)}: ${pythonRepr(one)}`)
  return `{${items.join(', ')}}`
}
