import { styleText } from 'node:util'

/** When to colour, as `--color` says it. */
export type ColorChoice = 'auto' | 'always' | 'never'

/** What colours mean here; a state is always written out too, never told by its colour alone. */
export type Tone = 'ok' | 'warn' | 'bad' | 'muted' | 'strong'

const STYLES = { ok: 'green', warn: 'yellow', bad: 'red', muted: 'dim', strong: 'bold' } as const

/** Colours text, or leaves it alone. */
export type Paint = (tone: Tone, text: string) => string

const paintNothing: Paint = (_tone, text) => text
const paintAll: Paint = (tone, text) => styleText(STYLES[tone], text, { validateStream: false })

/**
 * Whether to colour what goes to one stream: `--color` first, then NO_COLOR, CLICOLOR_FORCE and CLICOLOR, then whether it is a terminal
 * that can.
 */
export function paintFor(
  choice: ColorChoice,
  isTty: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  if (choice !== 'auto') return choice === 'always' ? paintAll : paintNothing
  const { NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM } = env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return paintNothing
  if (CLICOLOR_FORCE !== undefined && CLICOLOR_FORCE !== '' && CLICOLOR_FORCE !== '0') return paintAll
  return isTty && CLICOLOR !== '0' && TERM !== 'dumb' ? paintAll : paintNothing
}
