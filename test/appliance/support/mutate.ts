import type { Body } from './agent.ts'

/** Values that somebody might send in place of the right one. */
const JUNK: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  'x',
  'ge0',
  'ge1',
  'ge3',
  'ge99999',
  'lo',
  '0.0.0.0/0',
  '::/0',
  '255.255.255.255',
  '10.20.0.0/22',
  '192.168.0.1/24',
  '192.168.0.1',
  '172.16.77.2/24',
  '127.0.0.1',
  'fe80::1',
  'fe80::1/64',
  'fdca:3ba5:a17a:acda::/64',
  'fdca:3ba5:a17a:acda::1',
  '2001:db8:a::/64',
  '2001:db8::1/128',
  '224.0.0.1',
  'external',
  'internal',
  'isolated',
  'management',
  'a\nb',
  '"; drop',
  [],
  {},
  [[]],
  [null],
  { __proto__: null, constructor: 1 },
]

/** Every place in a JSON value, as the way to it. */
function places(value: unknown, way: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [way]
  return [
    way,
    ...Object.entries(value).flatMap(([key, inner]) =>
      places(inner, [...way, Array.isArray(value) ? Number(key) : key]),
    ),
  ]
}

/** One change of a configuration, told by three numbers: where, how, and with what. */
export function mutate(body: Body, at: number, how: number, what: number): Body {
  const all = places(body).filter((way) => way.length > 0)
  const way = all[at % all.length] ?? []
  const copy = structuredClone(body)
  const parent = way.slice(0, -1).reduce((inner, key) => inner[key], copy)
  const key = way.at(-1) ?? ''
  const junk = JUNK[what % JUNK.length]
  if (how === 0) delete parent[key]
  else if (how === 1) parent[key] = junk
  else if (how === 2 && Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]))
  else if (how === 2) parent[`${key}_`] = junk
  else {
    // Something from elsewhere in the same configuration.
    const source = all[(at * 31 + what) % all.length] ?? []
    parent[key] = structuredClone(source.reduce((inner, step) => inner[step], body))
  }
  return copy
}
