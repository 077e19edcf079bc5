/** DEL, C1 and bidirectional controls, which JSON lets stand; C0 it escapes itself. */
const LEFT_BY_JSON = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Writes those characters as escapes, which mean the same in JSON and in double-quoted YAML but steer no terminal. */
function escapeInQuotes(text: string): string {
  return text.replaceAll(LEFT_BY_JSON, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** JSON for people and programs: two blanks of indentation, a newline at the end. */
export function toJson(value: unknown): string {
  return `${escapeInQuotes(JSON.stringify(value, null, 2))}\n`
}

/** YAML with every text in double quotes, so that none is ever read as something else. */
export async function toYaml(value: unknown): Promise<string> {
  const { stringify } = await import('yaml')
  return escapeInQuotes(stringify(value, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 }))
}

/** JSON on one line, for a stream of objects. */
export function toJsonLine(value: unknown): string {
  return `${escapeInQuotes(JSON.stringify(value))}\n`
}
