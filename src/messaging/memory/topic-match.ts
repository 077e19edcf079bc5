/** AMQP's topic rule: words parted by dots, `*` stands for one word, `#` for any number of words. */
export function topicMatches(pattern: string, key: string): boolean {
  if (pattern === key || pattern === '#') return true
  return matches(pattern.split('.'), key.split('.'))
}

function matches(pattern: readonly string[], key: readonly string[]): boolean {
  const [head, ...rest] = pattern
  if (head === undefined) return key.length === 0
  if (head === '#') return matches(rest, key) || (key.length > 0 && matches(pattern, key.slice(1)))
  return key.length > 0 && (head === '*' || head === key[0]) && matches(rest, key.slice(1))
}
