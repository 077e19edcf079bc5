import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where things are kept that can be made again: `$XDG_CACHE_HOME/astara`, else `~/.cache/astara`. It need not exist. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const xdg = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : join(env.HOME || homedir(), '.cache')
  return join(xdg, 'astara')
}
