import { sshTo } from '../../cli/ctl/index.ts'
import { AstaraError, escapeControls, systemClock } from '../../shared/index.ts'
import { clipboardSequence } from '../clipboard.ts'
import { showFullScreen } from '../terminal.ts'
import { defaultThemeName, type ThemeName, wantsAscii } from '../theme.ts'
import { BrowseApp, type Suspend } from './app.tsx'
import { ClientData } from './client-data.ts'
import type { BrowseContext } from './context.ts'
import { dump } from './dump.ts'
import { ConsoleModel } from './model.ts'
import { PlainConsole } from './plain.ts'
import { openPreferences } from './preferences.ts'
import { readOnlyClient } from './read-only.ts'
import type { ListView } from './views.ts'

/** What `astara browse` was asked for. */
export interface BrowseOptions {
  readonly view: ListView
  readonly filter: string | null
  readonly theme: ThemeName | null
  readonly profile: string | null
  readonly readOnly: boolean
  readonly dump: boolean
  readonly plain: boolean
  readonly mouse: boolean
  readonly ascii: boolean
  readonly json: boolean
  readonly noColor: boolean
}

/** The process that the console runs in. */
export interface BrowseProcess {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * The console: full screen on a terminal, a line for each change with `plain` (or a screen reader asked for), a table once without a
 * terminal. Returns the exit status.
 */
export async function runBrowse(
  context: BrowseContext,
  options: BrowseOptions,
  process: BrowseProcess,
): Promise<number> {
  const { stdin, stdout, env } = process
  const plain = options.plain || env.INK_SCREEN_READER === 'true'
  const onTerminal = stdin.isTTY === true && stdout.isTTY === true && env.TERM !== 'dumb'
  if (options.dump || options.json || (!onTerminal && !plain)) {
    await dump(context, options.view, options.filter, options.json)
    return 0
  }
  const client = options.readOnly ? readOnlyClient(context.client) : context.client
  const data = new ClientData(client, systemClock)
  if (plain) {
    await new PlainConsole({
      data,
      client,
      clock: systemClock,
      input: stdin,
      print: (line) => context.io.print(`${escapeControls(line)}\n`),
      filter: options.filter ?? '',
      readOnly: options.readOnly,
      signal: context.signal,
    }).run()
    return context.signal.aborted ? 130 : 0
  }
  return await fullScreen({ ...context, client }, data, options, process)
}

async function fullScreen(
  context: BrowseContext,
  data: ClientData,
  options: BrowseOptions,
  { stdin, stdout, env }: BrowseProcess,
): Promise<number> {
  const { client } = context
  let status: number | null = null
  let leave: () => void = () => undefined
  let suspend: Suspend = (work) => work()
  const model = new ConsoleModel(
    {
      data,
      client,
      clock: systemClock,
      preferences: await openPreferences(),
      async ssh(id) {
        let result = 255
        await suspend(async () => {
          result = await sshTo({ ...context, text: id, driver: null, command: [], user: 'astara', env })
        })
        return result
      },
      copy(text) {
        const sequence = clipboardSequence(text)
        if (sequence === null) throw new AstaraError('usage', 'too long for the clipboard')
        stdout.write(sequence)
      },
      exit(code) {
        status ??= code
        leave()
      },
    },
    {
      orchestrator: { target: client.target, profile: options.profile },
      readOnly: options.readOnly,
      ascii: options.ascii || wantsAscii(env),
      theme: options.noColor ? 'mono' : options.theme,
      defaultTheme: defaultThemeName(env),
      view: options.view,
      filter: options.filter,
    },
  )
  const bySignal = await showFullScreen({
    element: (
      <BrowseApp
        model={model}
        onSuspender={(suspender) => {
          suspend = suspender
        }}
      />
    ),
    streams: { stdin, stdout },
    signal: context.signal,
    stop: () => model.stop(),
    onPointer: options.mouse ? (event) => model.pointer(event) : null,
    onReady(unmount) {
      leave = unmount
      model.start()
    },
  })
  return bySignal ?? status ?? (context.signal.aborted ? 130 : 0)
}
