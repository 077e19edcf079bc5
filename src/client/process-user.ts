import { userInfo } from 'node:os'

/** The operating system's user of this process, or `unknown` (a container may have none). */
export function processUser(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}
