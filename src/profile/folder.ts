import { homedir } from 'node:os'
import { join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

const NAME = 'profiles'

/** The folder of a user's own settings: `$XDG_CONFIG_HOME/astara`, else `~/.config/astara`. */
function profileFolder(env: Env): string {
  // The specification tells to ignore relative paths here.
  const xdg = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(env.HOME || homedir(), '.config')
  return join(xdg, 'astara')
}

/** Where a user's profiles are kept; it need not exist. */
export const profileFile = (env: Env): string => join(profileFolder(env), `${NAME}.json`)

/** What `conf` takes to use that file. */
export const placeFor = (env: Env) => ({ cwd: profileFolder(env), configName: NAME, fileExtension: 'json' })
