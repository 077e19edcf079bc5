import type { InstanceState } from '../contract/index.ts'

/** What a colour means. A state is always written out too, with a sign of its own: colour never tells anything alone. */
export type Token =
  | 'ok'
  | 'busy'
  | 'bad'
  | 'muted'
  | 'strong'
  | 'accent'
  | 'header'
  | 'selected'
  | 'marked'
  | 'bar'
  | 'added'
  | 'removed'

export const THEME_NAMES = ['dark', 'light', 'mono'] as const
export type ThemeName = (typeof THEME_NAMES)[number]

/** SGR parameters: on and off. The sixteen colours of the terminal are used, so that its own scheme stays in force. */
type Style = readonly [on: string, off: string]

const DARK: Readonly<Record<Token, Style>> = {
  ok: ['32', '39'],
  busy: ['33', '39'],
  bad: ['91', '39'],
  muted: ['90', '39'],
  strong: ['1', '22'],
  accent: ['36', '39'],
  header: ['1;36', '22;39'],
  selected: ['7', '27'],
  marked: ['1;35', '22;39'],
  bar: ['7', '27'],
  added: ['32', '39'],
  removed: ['91', '39'],
}

/** Yellow and bright colours cannot be read on white. */
const LIGHT: Readonly<Record<Token, Style>> = {
  ...DARK,
  busy: ['35', '39'],
  bad: ['31', '39'],
  muted: ['2', '22'],
  accent: ['34', '39'],
  header: ['1;34', '22;39'],
  marked: ['1;34', '22;39'],
  removed: ['31', '39'],
}

/** No colour at all, only weight and inversion, which a monochrome terminal has too. */
const MONO: Readonly<Record<Token, Style>> = {
  ok: ['', ''],
  busy: ['', ''],
  bad: ['1', '22'],
  muted: ['', ''],
  strong: ['1', '22'],
  accent: ['', ''],
  header: ['1', '22'],
  selected: ['7', '27'],
  marked: ['1', '22'],
  bar: ['7', '27'],
  added: ['', ''],
  removed: ['', ''],
}

const THEMES: Readonly<Record<ThemeName, Readonly<Record<Token, Style>>>> = { dark: DARK, light: LIGHT, mono: MONO }

/** Wraps text in a token's style. */
export type Paint = (token: Token, text: string) => string

export interface Theme {
  readonly name: ThemeName
  readonly paint: Paint
  /** The sign of a state. */
  readonly glyph: (state: InstanceState) => string
  readonly signs: Signs
}

interface Signs {
  readonly up: string
  readonly down: string
  readonly mark: string
  readonly crumb: string
  readonly live: string
  readonly lost: string
  readonly now: string
  readonly next: string
  readonly line: string
  readonly warn: string
}

const UNICODE: Signs = {
  up: '▲',
  down: '▼',
  mark: '✓',
  crumb: '›',
  live: '●',
  lost: '✗',
  now: '●',
  next: '→',
  line: '─',
  warn: '!',
}
const ASCII: Signs = {
  up: '^',
  down: 'v',
  mark: '*',
  crumb: '>',
  live: '+',
  lost: 'x',
  now: '*',
  next: '->',
  line: '-',
  warn: '!',
}

/** One cell each, of different shape: they can be told apart without colour. */
const GLYPHS: Readonly<Record<InstanceState, readonly [unicode: string, ascii: string]>> = {
  configured: ['●', '+'],
  up: ['◐', 'u'],
  booting: ['◔', '~'],
  restart: ['↻', 'r'],
  replug: ['⇄', '='],
  degraded: ['◑', '%'],
  down: ['○', 'o'],
  error: ['✗', 'x'],
  gone: ['·', '.'],
}

const TOKENS: Readonly<Record<InstanceState, Token>> = {
  configured: 'ok',
  up: 'busy',
  booting: 'busy',
  restart: 'busy',
  replug: 'busy',
  degraded: 'busy',
  down: 'bad',
  error: 'bad',
  gone: 'muted',
}

/** How a state feels. */
export const stateToken = (state: InstanceState): Token => TOKENS[state]

/** Builds a theme. `ascii`: only signs that every terminal and font has. */
export function themeOf(name: ThemeName, options: { readonly ascii?: boolean } = {}): Theme {
  const styles = THEMES[name]
  const ascii = options.ascii === true
  return {
    name,
    paint(token, text) {
      const [on, off] = styles[token]
      return on === '' || text === '' ? text : `\u001b[${on}m${text}\u001b[${off}m`
    },
    glyph: (state) => GLYPHS[state][ascii ? 1 : 0],
    signs: ascii ? ASCII : UNICODE,
  }
}

type Env = Readonly<Record<string, string | undefined>>

/**
 * Which theme when none was asked for: none of the colours with NO_COLOR (or CLICOLOR=0), else by the background that COLORFGBG tells,
 * else dark.
 */
export function defaultThemeName({ NO_COLOR, CLICOLOR, COLORFGBG }: Env): ThemeName {
  if ((NO_COLOR !== undefined && NO_COLOR !== '') || CLICOLOR === '0') return 'mono'
  const background = Number(COLORFGBG?.split(';').at(-1) ?? Number.NaN)
  return background === 7 || background === 15 ? 'light' : 'dark'
}

/** A terminal that does not speak UTF-8 gets ASCII signs. */
export function wantsAscii({ LC_ALL, LC_CTYPE, LANG, TERM }: Env): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '')
  return TERM === 'linux' || (locale !== undefined && !/utf-?8/i.test(locale))
}
