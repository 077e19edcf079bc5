import type { Io } from '../../cli/io.ts'
import type { OrchestratorClient } from '../../client/index.ts'
import { type Config, loadConfig } from '../../config/index.ts'
import {
  createRouterDebugger,
  type DebugCommand,
  type Debugger,
  openStackOf,
  parseScript,
  runScript,
  scriptError,
} from '../../orchestrator/debugger/index.ts'
import { AstaraError, systemClock, systemRandom } from '../../shared/index.ts'
import type { ShowDebugRouterOptions } from '../../tui/index.ts'
import { openBus } from './bus.ts'
import { type FoundRouter, findRouter } from './find-router.ts'
import { Hold } from './hold.ts'
import { called, type HoldContext, type HoldWishes, release, takeHold } from './take-hold.ts'

export interface DebugRouterOptions {
  /** An id; with an orchestrator at hand also the beginning of one, or a name. */
  readonly routerId: string
  readonly files: readonly string[] | undefined
  readonly dirs: readonly string[] | undefined
  readonly client: OrchestratorClient
  readonly io: Io
  readonly signal: AbortSignal
  /** Commands to carry out without a screen; null: the screen. */
  readonly script: string | null
  readonly dryRun: boolean
  readonly offline: boolean
  readonly hold: boolean
  readonly keep: boolean
  /** What is dangerous in a script is meant. */
  readonly yes: boolean
  readonly reason: string | null
  readonly theme: ShowDebugRouterOptions['theme']
  readonly ascii: boolean
  readonly process: {
    readonly stdin: NodeJS.ReadStream
    readonly stdout: NodeJS.WriteStream
    readonly env: Readonly<Record<string, string | undefined>>
  }
}

/**
 * `astara debug-router`: sees to it that the orchestrator leaves the router alone, steps its machine by hand or by script, and gives it back.
 *
 * @returns the exit status
 * @throws AstaraError when it cannot begin, and when a script does not do what it was to do
 */
export async function runDebugRouter(options: DebugRouterOptions): Promise<number> {
  const { io, client } = options
  const commands = options.script === null ? null : checkScript(parseScript(options.script), options)
  const { stdin, stdout, env } = options.process
  const onTerminal = stdin.isTTY === true && stdout.isTTY === true && env.TERM !== 'dumb'
  if (commands === null && !onTerminal) {
    throw new AstaraError('usage', 'there is no terminal to show a screen on', {
      suggestions: ['Say what to do: --script "update; run" (one JSON line for each step).'],
    })
  }
  const hangUp = new AbortController()
  const onHangUp = (): void => hangUp.abort(new AstaraError('interrupted', 'the terminal was closed'))
  process.once('SIGHUP', onHangUp)
  const signal = AbortSignal.any([options.signal, hangUp.signal])
  try {
    const { config, warnings } = await loadConfig({ ...options, env })
    for (const { message } of warnings) io.note(message)
    const router = await locate(config, options, signal)
    const hold = new Hold({ client, resourceId: router.id, tenantId: router.tenantId, clock: systemClock })
    const context = { hold, router, target: client.target, io }
    return await session({ options, config, router, commands, signal, context })
  } finally {
    process.off('SIGHUP', onHangUp)
  }
}

/** What a script may not do just so. */
function checkScript(commands: readonly DebugCommand[], { yes, dryRun }: DebugRouterOptions): readonly DebugCommand[] {
  if (yes || dryRun) return commands
  if (commands.some((command) => command.do === 'inject' && command.action === 'delete')) {
    throw new AstaraError('refused', 'the script deletes: say so with --yes', {
      suggestions: ['Nothing was done.'],
    })
  }
  if (commands.some((command) => command.do === 'pretend')) {
    throw new AstaraError(
      'refused',
      'the script pretends failures, and the machine would answer them with real deeds',
      {
        suggestions: ['Rehearse with --dry-run, or say with --yes that it is meant.'],
      },
    )
  }
  return commands
}

async function locate(
  config: Config,
  { routerId, client }: DebugRouterOptions,
  signal: AbortSignal,
): Promise<FoundRouter> {
  const openstack = openStackOf(config, { clock: systemClock, random: systemRandom })
  try {
    return await findRouter(routerId, { client, openstack, signal })
  } finally {
    await openstack.close()
  }
}

interface Session {
  readonly options: DebugRouterOptions
  readonly config: Config
  readonly router: FoundRouter
  readonly commands: readonly DebugCommand[] | null
  readonly signal: AbortSignal
  readonly context: HoldContext
}

async function session({ options, config, router, commands, signal, context }: Session): Promise<number> {
  const { io, client, dryRun } = options
  const { hold } = context
  const wishes: HoldWishes = {
    hold: options.hold,
    keep: options.keep,
    offline: options.offline,
    interactive: commands === null && io.canAsk,
    reason: options.reason ?? 'astara debug-router',
  }
  let configured = false
  let bySignal: number | null = null
  try {
    // What writes nothing disturbs nobody; the orchestrator goes on as ever.
    const watched = dryRun ? false : await takeHold(context, wishes, signal)
    if (dryRun) io.note(`Dry run: nothing is written; the orchestrator goes on with ${called(router)}.`)
    const bus = dryRun ? null : await openBus(config, (text) => io.note(text), signal)
    let onChange = (): void => {}
    const made = createRouterDebugger({
      config,
      resourceId: router.id,
      tenantId: router.tenantId,
      transport: bus,
      dryRun,
      clock: systemClock,
      random: systemRandom,
      ...(watched ? { guard: (during) => hold.guard(during) } : {}),
      baseline: async (during) => (await client.config(router.id, { signal: during })).config,
      onChange: () => onChange(),
    })
    const debug = made.debugger
    try {
      if (commands === null) {
        const { showDebugRouter } = await import('../../tui/index.ts')
        bySignal = await showDebugRouter({
          debug,
          router,
          orchestrator: dryRun ? null : { target: client.target, held: watched },
          listen: (listener) => {
            onChange = listener
          },
          theme: options.theme,
          ascii: options.ascii,
          streams: options.process,
          env: options.process.env,
          signal,
        })
      } else await play(debug, commands, io, signal)
    } finally {
      configured = debug.configured
      await made.close()
      await bus?.close()
    }
  } finally {
    // The screen has let go of the keyboard: a question alone would not keep the process alive.
    const { stdin } = options.process
    if (wishes.interactive) stdin.ref()
    await release(context, { ...wishes, configured }, signal)
    if (wishes.interactive) stdin.unref()
  }
  return bySignal ?? 0
}

async function play(debug: Debugger, commands: readonly DebugCommand[], io: Io, signal: AbortSignal): Promise<void> {
  const emit = (line: unknown): void => io.print(`${JSON.stringify(line)}\n`)
  const look = await debug.open(signal)
  emit({ type: 'step', ...look })
  if (look.result === 'failed') throw scriptError(signal.aborted ? 'interrupted' : 'failed', debug)
  const result = await runScript(debug, commands, emit, signal)
  if (result !== 'done') throw scriptError(result, debug)
}
