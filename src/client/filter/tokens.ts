/** One term of a filter as written. */
export interface Token {
  readonly negated: boolean
  /** null: the term stands for itself. */
  readonly key: string | null
  readonly operator: ':' | '=' | '!=' | '>' | '<' | '>=' | '<='
  readonly value: string
  /** The value is a regular expression. */
  readonly regex: boolean
  readonly written: string
}

const KEY = /^([A-Za-z][A-Za-z_-]*)(>=|<=|!=|[:=<>])/

/** Reads one value: in quotes, between slashes, or up to the next blank. What is not closed ends with the text. */
function readValue(
  text: string,
  start: number,
): { readonly value: string; readonly regex: boolean; readonly end: number } {
  const quote = text[start]
  if (quote === '"' || quote === "'") {
    const close = text.indexOf(quote, start + 1)
    const end = close < 0 ? text.length : close
    return { value: text.slice(start + 1, end), regex: false, end: close < 0 ? end : end + 1 }
  }
  if (quote === '/') {
    const close = /^\/((?:\\.|[^\\/])+)\/(?=\s|$)/.exec(text.slice(start))
    if (close?.[1] !== undefined) return { value: close[1], regex: true, end: start + close[0].length }
  }
  const rest = /^\S*/.exec(text.slice(start))?.[0] ?? ''
  return { value: rest, regex: false, end: start + rest.length }
}

/** Takes a filter apart. Never fails: whatever is written means something. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    while (at < text.length && /\s/.test(text[at] ?? '')) at++
    if (at >= text.length) return tokens
    const start = at
    const negated = text[at] === '!' && at + 1 < text.length && !/\s/.test(text[at + 1] ?? '')
    if (negated) at++
    const key = KEY.exec(text.slice(at))
    if (key) at += key[0].length
    const { value, regex, end } = readValue(text, at)
    at = end
    tokens.push({
      negated,
      key: key?.[1] ?? null,
      operator: (key?.[2] as Token['operator'] | undefined) ?? ':',
      value,
      regex,
      written: text.slice(start, at),
    })
  }
}
