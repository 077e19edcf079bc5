import { AstaraError, normalizeUuid } from '../../shared/index.ts'

/** A command of the original's command line, as its HTTP API takes it: the path is the command. */
export type LegacyCommand =
  | { readonly kind: 'poll' }
  | { readonly kind: 'workers-debug' }
  | { readonly kind: 'config-reload' }
  | {
      readonly kind: 'resource'
      /** null: `resource …`, any driver. */
      readonly driver: 'router' | null
      readonly verb: 'update' | 'rebuild' | 'debug' | 'manage'
      /** An id, or `*` (all) or `error` (all in error). */
      readonly target: string
      readonly imageUuid: string | null
      readonly reason: string | null
    }
  | {
      readonly kind: 'tenant'
      readonly verb: 'debug' | 'manage'
      readonly tenantId: string
      readonly reason: string | null
    }
  | { readonly kind: 'global-debug'; readonly enabled: boolean; readonly reason: string | null }

type Options = ReadonlyMap<string, string>

const OPTION_NAMES: Readonly<Record<string, 'reason' | 'image' | 'yes'>> = {
  reason: 'reason',
  image_uuid: 'image',
  router_image_uuid: 'image',
  resource_image_uuid: 'image',
  yes: 'yes',
}
const IN_TERMINAL_ONLY = new Set(['browse', 'ssh', 'console'])
const ON = new Set(['1', 'true', 'on', 'yes', 'enable', 'enabled'])
const OFF = new Set(['0', 'false', 'off', 'no', 'disable', 'disabled'])

const bad = (message: string): AstaraError => new AstaraError('bad_request', message)

function addOption(options: Map<string, string>, name: string, value: unknown): void {
  const known = OPTION_NAMES[name.replace(/^--/, '').replaceAll('-', '_')]
  if (known === undefined) throw bad('an option is unknown; known are reason, image_uuid and yes')
  if (typeof value !== 'string' && typeof value !== 'boolean' && typeof value !== 'number') {
    throw bad(`the option ${known} needs one value`)
  }
  if (String(value).length > 1000) throw bad(`the option ${known} is longer than 1000 characters`)
  options.set(known, String(value))
}

/** Options as they stood on the original's command line: `--reason/why` or `--reason=why` in the path. */
function takePathOptions(words: readonly string[], options: Map<string, string>): string[] {
  const plain: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (!word.startsWith('--')) {
      plain.push(word)
    } else if (word.includes('=')) {
      addOption(options, word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1))
    } else {
      i += 1
      addOption(options, word, words[i])
    }
  }
  return plain
}

function uuid(text: string | undefined, what: string): string {
  const id = text === undefined ? null : normalizeUuid(text)
  if (id === null) throw bad(`${what} must be a UUID`)
  return id
}

function noMore(words: readonly string[], count: number): void {
  if (words.length > count) throw bad('too many words in the path')
}

function resourceCommand(words: readonly string[], options: Options): LegacyCommand | null {
  const [noun, verb, id] = words
  if (verb !== 'update' && verb !== 'rebuild' && verb !== 'debug' && verb !== 'manage') return null
  noMore(words, 3)
  const image = options.get('image')
  if (image !== undefined && verb !== 'rebuild') throw bad('an image can be given to rebuild only')
  const wild = id === '*' || id === 'error'
  if (wild && (verb === 'debug' || verb === 'manage')) throw bad(`${verb} takes one id, no wildcard`)
  // The original acts on everything at one word from anybody (pitfall D54).
  if (wild && !ON.has(options.get('yes') ?? '')) {
    throw bad(`"${id}" hits many resources at once: say yes=true if that is meant`)
  }
  return {
    kind: 'resource',
    driver: noun === 'router' ? 'router' : null,
    verb,
    target: wild ? id : uuid(id, 'the id'),
    imageUuid: image === undefined ? null : uuid(image, 'the image'),
    reason: options.get('reason') ?? null,
  }
}

function commandOf(words: readonly string[], options: Options): LegacyCommand | null {
  const [noun, verb, argument] = words
  const reason = options.get('reason') ?? null
  switch (noun) {
    case 'poll':
      noMore(words, 1)
      return { kind: 'poll' }
    case 'workers':
      if (verb !== 'debug') return null
      noMore(words, 2)
      return { kind: 'workers-debug' }
    case 'config':
      if (verb !== 'reload') return null
      noMore(words, 2)
      return { kind: 'config-reload' }
    case 'router':
    case 'resource':
      return resourceCommand(words, options)
    case 'tenant':
      if (verb !== 'debug' && verb !== 'manage') return null
      noMore(words, 3)
      return { kind: 'tenant', verb, tenantId: uuid(argument, 'the tenant'), reason }
    case 'global': {
      if (verb !== 'debug') return null
      noMore(words, 3)
      const status = argument?.toLowerCase() ?? ''
      if (!ON.has(status) && !OFF.has(status)) throw bad('global debug takes enable or disable')
      return { kind: 'global-debug', enabled: ON.has(status), reason }
    }
    default:
      return null
  }
}

/** The words of a path: empty ones left out, each decoded for itself, so that `%2F` never becomes a slash. */
export function pathWords(url: string): string[] {
  const path = url.split(/[?#]/, 1)[0] ?? ''
  try {
    return path
      .split('/')
      .filter((word) => word.trim() !== '')
      .map((word) => decodeURIComponent(word.trim()))
  } catch {
    throw bad('the path is not properly encoded')
  }
}

/**
 * Reads a command from a path, its query and its JSON body (body before query before path, where they say the same).
 *
 * @throws AstaraError `not_found`: no such command; `bad_request`: bad arguments; `not_implemented`: a command that needs a terminal.
 */
export function parseLegacyCommand(
  words: readonly string[],
  query: Readonly<Record<string, unknown>>,
  body: unknown,
): LegacyCommand {
  if (words.some((word) => IN_TERMINAL_ONLY.has(word))) {
    throw new AstaraError('not_implemented', 'this command needs a terminal: use the command line')
  }
  const options = new Map<string, string>()
  const plain = takePathOptions(words, options)
  for (const [name, value] of Object.entries(query)) addOption(options, name, value)
  if (body !== undefined && body !== null) {
    if (typeof body !== 'object' || Array.isArray(body)) throw bad('the body must be a JSON object')
    for (const [name, value] of Object.entries(body)) addOption(options, name, value)
  }
  const command = commandOf(plain, options)
  if (command === null) throw new AstaraError('not_found', 'there is no such command')
  return command
}

/** True when a path begins as a command of the original does. */
export function isLegacyPath(words: readonly string[]): boolean {
  try {
    parseLegacyCommand(words, {}, undefined)
    return true
  } catch (error) {
    return error instanceof AstaraError && error.code !== 'not_found'
  }
}
