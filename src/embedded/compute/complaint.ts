import { pythonRepr } from '../http/python-repr.ts'

/** Nova's sentence for attributes that its schema does not know. */
export function strangers(field: string, value: unknown, names: readonly string[]): string {
  const listed = names.map((name) => `'${name}'`).join(', ')
  const verb = names.length === 1 ? 'was' : 'were'
  return `Invalid input for field/attribute ${field}. Value: ${pythonRepr(value)}. Additional properties are not allowed (${listed} ${verb} unexpected)`
}
