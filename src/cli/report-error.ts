import { stripVTControlCharacters } from 'node:util'
import { AstaraError, escapeControls, redactText } from '../shared/index.ts'
import type { Io } from './io.ts'
import { toJson } from './json.ts'

/** Of oclif's own errors: usage mistakes, and the exit that help and --version end with. */
interface OclifError extends Error {
  readonly oclif: { readonly exit?: number }
  readonly code?: string
}

const isOclifError = (error: unknown): error is OclifError =>
  error instanceof Error && 'oclif' in error && typeof error.oclif === 'object' && error.oclif !== null

/** oclif's advice for flags that swallow arguments; ours take one value at a time. */
const WRONG_HINT = /\n\nNote: --\S+ allows? multiple values[\s\S]*?beginning of arguments\./

/** Lines of a message, each harmless. */
const safe = (text: string): string => redactText(text).split('\n').map(escapeControls).join('\n')

/** True when the user asked for JSON, as far as can be told before or without parsing. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  const words = end === -1 ? argv : argv.slice(0, end)
  return words.some(
    (word, i) =>
      word === '--json' ||
      word === '-ojson' ||
      /^(-o|--output)=json$/.test(word) ||
      (/^(-o|--output)$/.test(word) && words[i + 1] === 'json'),
  )
}

/**
 * Says on standard error what a command ended with, and returns its exit status. An AstaraError is one message and what to do next; a
 * mistake in usage is oclif's message; anything else is a bug and is shown with its stack.
 */
export function reportError(
  error: unknown,
  io: Pick<Io, 'note' | 'paintError'>,
  options: { readonly json: boolean },
): number {
  if (error instanceof AstaraError) {
    const { code, message, suggestions, details } = error
    if (options.json) io.note(toJson({ error: { code, message: redactText(message), suggestions, details } }).trimEnd())
    else {
      io.note(`${io.paintError('bad', 'Error:')} ${safe(message)}`)
      for (const suggestion of suggestions) io.note(`  ${safe(suggestion)}`)
    }
    return error.exit
  }
  if (isOclifError(error)) {
    const exit = error.oclif.exit ?? 2
    if (error.code === 'EEXIT') return exit
    // Its messages come coloured.
    const message = stripVTControlCharacters(error.message).replace(WRONG_HINT, '')
    if (options.json) io.note(toJson({ error: { code: 'usage', message } }).trimEnd())
    else io.note(`${io.paintError('bad', 'Error:')} ${safe(message)}`)
    return exit
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  io.note(
    `${io.paintError('bad', 'This is a bug in astara.')} Please report it with the command that you typed and these lines:`,
  )
  io.note(safe(stack))
  return 1
}
