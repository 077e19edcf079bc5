import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { childrenOf, until } from './program.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export interface TmuxOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  /** Words for node itself. */
  readonly node?: readonly string[]
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
let servers = 0

/**
 * `astara …` in a real pseudo-terminal, that of a tmux server of its own. When the program ends, `EXIT <status>` is printed and the
 * terminal stays, so that what it looks like afterwards can be seen too.
 */
export class Tmux {
  readonly #server = `astara-${process.pid}-${++servers}`

  constructor(args: readonly string[], { columns = 80, rows = 24, env = {}, node = [] }: TmuxOptions = {}) {
    const program = [process.execPath, ...node, PROGRAM, ...args].map(quoted).join(' ')
    const variables = Object.entries({ LANG: 'C.UTF-8', ...env }).map(([name, value]) => `${name}=${quoted(value)}`)
    // The shell waits for the program, says how it ended, and stays.
    const script = `echo BEFORE; ${variables.join(' ')} ${program}; echo EXIT $?; exec sleep 600`
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), script)
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#server, ...args], { encoding: 'utf8', timeout: 10_000 })
  }

  /** Presses keys, as tmux names them: `j`, `Enter`, `Escape`, `C-c`, `PageDown`. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  /** Types text as it is, all at once. */
  type(text: string): void {
    this.#tmux('send-keys', '-l', text)
  }

  /** What is on the screen, blanks at the ends of lines left out. */
  screen(): string {
    return this.#tmux('capture-pane', '-p')
  }

  /** The same with its colours. */
  colours(): string {
    return this.#tmux('capture-pane', '-p', '-e')
  }

  lines(): string[] {
    return this.screen().split('\n').slice(0, -1)
  }

  /** Waits until the screen suits; returns it. */
  async see(what: RegExp | string | ((screen: string) => boolean), timeoutMs = 20_000): Promise<string> {
    const suits = (screen: string): boolean =>
      typeof what === 'function' ? what(screen) : typeof what === 'string' ? screen.includes(what) : what.test(screen)
    try {
      return await until(() => this.screen(), suits, timeoutMs)
    } catch (cause) {
      throw new Error(`not seen within ${timeoutMs} ms: ${what}; the screen is\n${this.screen()}`, { cause })
    }
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  #ask(format: string): string {
    return this.#tmux('display-message', '-p', format).trim()
  }

  /** The alternate screen is on, or the cursor is hidden, or the mouse is taken. */
  get state(): { readonly alternate: boolean; readonly cursor: boolean; readonly mouse: boolean } {
    const [alternate, cursor, mouse] = this.#ask('#{alternate_on} #{cursor_flag} #{mouse_any_flag}').split(' ')
    return { alternate: alternate === '1', cursor: cursor === '1', mouse: mouse === '1' }
  }

  /** The terminal gives characters one by one and without echo, as a full-screen program needs it. */
  get isRaw(): boolean {
    const settings = execFileSync('stty', ['-F', this.#ask('#{pane_tty}'), '-a'], { encoding: 'utf8' })
    return /(^|\s)-icanon(\s|;)/.test(settings)
  }

  /** The program's process id. */
  get pid(): number {
    return childrenOf(Number(this.#ask('#{pane_pid}')))[0] ?? 0
  }

  close(): void {
    spawnSync('tmux', ['-L', this.#server, 'kill-server'], { stdio: 'ignore' })
  }
}
