import type { Registry } from 'prom-client'

type Labels = Readonly<Record<string, string>>

/**
 * A Prometheus summary without quantiles (`_sum` and `_count`) that takes many observations at once. Worker processes report sums, not
 * single durations, which prom-client's own types cannot take.
 */
export class BulkSummary {
  readonly name: string
  readonly help: string
  readonly #type = 'summary'
  readonly #series = new Map<string, { labels: Labels; sum: number; count: number }>()

  constructor(registry: Registry, name: string, help: string) {
    this.name = name
    this.help = help
    // The registry only ever calls get(), reset() and reads name and help.
    registry.registerMetric(this as never)
  }

  /** Adds `count` observations that make `seconds` together. A count of 0 makes the series known without changing it. */
  observe(labels: Labels, seconds: number, count = 1): void {
    const key = JSON.stringify(labels)
    const series = this.#series.get(key)
    if (series) {
      series.sum += seconds
      series.count += count
    } else {
      this.#series.set(key, { labels, sum: seconds, count })
    }
  }

  reset(): void {
    this.#series.clear()
  }

  async get(): Promise<unknown> {
    const values = [...this.#series.values()].flatMap(({ labels, sum, count }) => [
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ])
    return { name: this.name, help: this.help, type: this.#type, values, aggregator: 'sum' }
  }
}
