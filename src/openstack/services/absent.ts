import { hasStatus } from '../errors.ts'

/** Reader of answers whose body does not matter. */
export function nothing(): void {}

/** What is to be gone and is not there is done: a 404 counts as success. */
export async function absentIsDone(call: Promise<void>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!hasStatus(error, 404)) throw error
  }
}
