/** What completion needs of a flag, as the manifest has it. */
interface FlagShape {
  readonly name: string
  readonly char?: string | undefined
  readonly aliases?: readonly string[] | undefined
  readonly type: string
  readonly allowNo?: boolean | undefined
  readonly options?: readonly string[] | undefined
  readonly summary?: string | undefined
  readonly hidden?: boolean | undefined
}

interface ArgShape {
  readonly name: string
  readonly multiple?: boolean | undefined
  readonly options?: readonly string[] | undefined
  readonly hidden?: boolean | undefined
}

/** What completion needs of a command, as the manifest has it. */
export interface CommandShape {
  /** `ctl:router:list` */
  readonly id: string
  readonly summary?: string | undefined
  readonly hidden?: boolean | undefined
  readonly flags: Readonly<Record<string, FlagShape>>
  readonly args: Readonly<Record<string, ArgShape>>
}

/**
 * What may stand in a place: nothing that could be told, a file, a folder, one of some words, or something live that `completion candidates`
 * knows.
 */
export type Values = 'text' | 'file' | 'dir' | { readonly oneOf: readonly string[] } | { readonly live: string }

/** What can follow some words of the command line. */
export interface Node {
  /** `ctl router` */
  readonly path: string
  readonly children: readonly { readonly name: string; readonly summary: string }[]
  readonly flags: readonly { readonly word: string; readonly summary: string; readonly values: Values | null }[]
  readonly args: readonly { readonly values: Values; readonly many: boolean }[]
}

const FILES: Readonly<Record<string, Values>> = {
  'config-file': 'file',
  'config-dir': 'dir',
  'state-dir': 'dir',
  'run-dir': 'dir',
  'resolv-conf': 'file',
  file: 'file',
}

/** Which live things a flag or argument of this name takes, in a command with this id. */
function liveKind(name: string, id: string): string | null {
  if (name === 'profile' || (name === 'name' && id.startsWith('profile:') && id !== 'profile:add')) return 'profiles'
  if (name === 'router' || (name === 'router-id' && id === 'debug-router')) return 'routers'
  if (name === 'resource') return 'resources'
  if (name === 'tenant') return 'tenants'
  return null
}

function valuesOf(name: string, id: string, options: readonly string[] | undefined): Values {
  if (options && options.length > 0) return { oneOf: options }
  const live = liveKind(name, id)
  return live === null ? (FILES[name] ?? 'text') : { live }
}

function flagsOf(command: CommandShape): Node['flags'] {
  return Object.values(command.flags)
    .filter((flag) => flag.hidden !== true)
    .flatMap((flag) => {
      const { name, char, summary = '' } = flag
      const values = flag.type === 'boolean' ? null : valuesOf(name, command.id, flag.options)
      const words = [`--${name}`, ...(char ? [`-${char}`] : []), ...(flag.allowNo ? [`--no-${name}`] : [])]
      return words.map((word) => ({ word, summary, values }))
    })
}

/**
 * The tree of words: every topic and command with what may follow it.
 *
 * @param topics descriptions of topics by their id (`ctl:router`)
 */
export function completionTree(
  commands: readonly CommandShape[],
  topics: Readonly<Record<string, string>>,
): readonly Node[] {
  const shown = commands.filter((command) => command.hidden !== true)
  const nodes = new Map<string, { children: Map<string, string>; command: CommandShape | null }>()
  const nodeOf = (path: string) => {
    const node = nodes.get(path) ?? { children: new Map<string, string>(), command: null }
    nodes.set(path, node)
    return node
  }
  nodeOf('')
  for (const command of shown) {
    const words = command.id.split(':')
    for (const [i, word] of words.entries()) {
      const id = words.slice(0, i + 1).join(':')
      const isCommand = i === words.length - 1
      const { children } = nodeOf(words.slice(0, i).join(' '))
      const summary = (isCommand ? command.summary : undefined) ?? topics[id] ?? children.get(word) ?? ''
      children.set(word, summary)
    }
    nodeOf(words.join(' ')).command = command
  }
  return [...nodes].map(([path, { children, command }]) => ({
    path,
    children: [...children].map(([name, summary]) => ({ name, summary })),
    flags: command === null ? [] : flagsOf(command),
    args:
      command === null
        ? []
        : Object.values(command.args)
            .filter((arg) => arg.hidden !== true)
            .map((arg) => ({ values: valuesOf(arg.name, command.id, arg.options), many: arg.multiple === true })),
  }))
}
