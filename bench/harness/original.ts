/** The original's figures on such a machine (2 cores): 2 workers / 16 workers, by number of routers. Its cloud answered in no time. */
export const ORIGINAL = {
  startUp: { 1000: '22 / 24 s', 5000: '93 / 68 s', 10000: '189 / 124 s (212 CPU-s)' },
  health: { 1000: '4.1 / 2.4 s', 5000: '18 / 8.8 s', 10000: '39 / 18.9 s (34 CPU-s)' },
  outage: {
    1000: 'live 23 / 2.4 s, dead 30 / 10.8 s',
    5000: 'live 126 / 22 s, dead 133 / 30 s',
    10000: 'live 267 / 49 s, dead 268 / 54 s',
  },
  eventMeanwhile: { 1000: 'p50 3.0 s, p99 9.1 s / 16 ms, 97 ms', 10000: 'p50 99 s, p99 116 s / 5.4 s, 17.7 s' },
  burst: {
    1000: '157/s, p99 6.1 s / 109/s, p99 9.1 s; 10.3–16.8 CPU-s per 1,000',
    10000: '164/s, p99 60 s / 118/s, p99 79 s; 10.3–16.8 CPU-s per 1,000',
  },
  quiet: 'p50 14, p99 27 ms / p50 12, p99 28 ms',
  boots: { close: '15.7 / 16 s', hang: '– / 38 s' },
  memory: { 1000: '515 (233) MB / 1.9 (1.2) GB', 10000: '669 (414) MB / 2.1 (1.4) GB' },
  ingest: '2,090/s (one listener)',
  callsPerUpdate: '23 (20 + 3 for each internal network)',
  callsPerPoll: '7',
} as const

/** The original's figure for so many routers; empty when it was not measured. */
export function originally(figures: Readonly<Record<number, string>>, routers: number): string {
  return figures[routers] ?? ''
}
