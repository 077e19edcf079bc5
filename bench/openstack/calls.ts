/** How often each outside service was called, by `service METHOD /path`. */
export type Calls = ReadonlyMap<string, number>

/** Reads the counters of an orchestrator's metrics. */
export function readCalls(metrics: string): Calls {
  const calls = new Map<string, number>()
  for (const line of metrics.split('\n')) {
    const match = /^astara_api_calls_total\{(.*)\} (\d+)$/.exec(line)
    if (!match) continue
    const labels = new Map([...(match[1] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map((pair) => [pair[1], pair[2]]))
    const name = `${labels.get('service')} ${labels.get('method')} ${labels.get('path')}`
    calls.set(name, (calls.get(name) ?? 0) + Number(match[2]))
  }
  return calls
}

/** What was called between two readings. */
export function between(before: Calls, after: Calls): Calls {
  const entries = [...after].map(([name, count]): [string, number] => [name, count - (before.get(name) ?? 0)])
  return new Map(entries.filter(([, count]) => count > 0))
}

const totalOf = (calls: Calls, service: string): number =>
  [...calls].filter(([name]) => name.startsWith(`${service} `)).reduce((sum, [, count]) => sum + count, 0)

/** `neutron 7, nova 3`, and what they were. */
export function describeCalls(calls: Calls): {
  readonly neutron: number
  readonly nova: number
  readonly what: string
} {
  const what = [...calls]
    .filter(([name]) => /^(neutron|nova) /.test(name))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${count} × ${name.replace(/^\w+ /, '').replace('/v2.0/', '').replace('/v2.1/', '')}`)
  return { neutron: totalOf(calls, 'neutron'), nova: totalOf(calls, 'nova'), what: what.join(', ') }
}
