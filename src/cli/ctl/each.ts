/** What came of one of many. */
export type Settled<T, R> =
  | { readonly item: T; readonly result: R; readonly error: null }
  | { readonly item: T; readonly result: null; readonly error: unknown }

/** So many requests are under way at a time: enough to keep the orchestrator busy, too few to crowd others out. */
const AT_ONCE = 8

/** Does `work` to every item, some at a time, and tells what came of each, in their order. After an abort the rest is not begun. */
export async function eachOf<T, R>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T) => Promise<R>,
): Promise<readonly Settled<T, R>[]> {
  const done: Settled<T, R>[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length && !signal?.aborted; i = next++) {
      const item = items[i] as T
      try {
        done[i] = { item, result: await work(item), error: null }
      } catch (error) {
        done[i] = { item, result: null, error }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, lane))
  return done.filter(() => true)
}
