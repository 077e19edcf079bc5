import { parse } from 'yaml'
import { z } from 'zod'

const MARK = '#cloud-config'
const schema = z.object({ bootcmd: z.array(z.union([z.string(), z.array(z.string())])).default([]) })

/**
 * The boot commands of a server's user data, each as its words: what cloud-init runs first. User data that is no cloud-config has none.
 * Throws when it claims to be one and cannot be read.
 */
export function bootCommands(userData: string | null): readonly (readonly string[])[] {
  if (userData === null) return []
  const text = Buffer.from(userData, 'base64').toString('utf8')
  if (!text.startsWith(MARK)) return []
  // Quoting is not understood: no command of ours needs it, and none is given to a shell.
  return schema
    .parse(parse(text, { version: '1.1' }) ?? {})
    .bootcmd.map((command) => (typeof command === 'string' ? command.trim().split(/\s+/) : command))
}
