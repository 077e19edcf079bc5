export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Wall-clock milliseconds with fractions, on the same scale in every process. */
export const now = (): number => performance.timeOrigin + performance.now()

/** Asks again and again until the answer is true. Throws after `limitMs`. Answers the milliseconds it took. */
export async function until(
  what: string,
  test: () => Promise<boolean> | boolean,
  options: { readonly limitMs?: number; readonly everyMs?: number } = {},
): Promise<number> {
  const { limitMs = 900_000, everyMs = 50 } = options
  const started = performance.now()
  while (!(await test())) {
    if (performance.now() - started > limitMs) throw new Error(`${what}: not within ${limitMs / 1_000} s`)
    await sleep(everyMs)
  }
  return performance.now() - started
}
