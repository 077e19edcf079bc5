import { Command } from '@oclif/core/command'
import type { OrchestratorClient } from '../client/index.ts'
import { connectionFlags, screenFlags } from './ctl-flags.ts'
import type { Io } from './io.ts'
import type { OutputOptions } from './output.ts'
import type { ColorChoice } from './terminal.ts'

/** What a command's work gets. */
export interface CtlContext {
  readonly io: Io
  readonly client: OrchestratorClient
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
  /** Called by the name that the original had. */
  readonly original: boolean
}

/** The values of `screenFlags`. */
interface ScreenFlags {
  readonly color: ColorChoice
  readonly pager: boolean
  readonly json: boolean
}

/** The values of `connectionFlags`. */
export interface ConnectionFlags extends ScreenFlags {
  readonly url?: string | undefined
  readonly profile?: string | undefined
  readonly via?: 'http' | 'amqp' | undefined
  readonly 'transport-url'?: string | undefined
  readonly 'config-file'?: readonly string[] | undefined
  /** Seconds. */
  readonly timeout?: number | undefined
}

/** Turns the values of `outputFlags` into what the printing code takes. */
export function outputOptions(flags: {
  readonly output: OutputOptions['format']
  readonly columns?: string | undefined
  readonly sort?: string | undefined
  readonly 'no-headers': boolean
  readonly json: boolean
}): OutputOptions {
  return {
    format: flags.json ? 'json' : flags.output,
    columns: flags.columns === undefined ? null : flags.columns.split(',').filter((word) => word.trim() !== ''),
    headers: !flags['no-headers'],
    sort: flags.sort ?? null,
  }
}

/** A command about this user's own settings. */
export abstract class LocalCommand extends Command {
  static override baseFlags = screenFlags

  /** Lets `work` print, and shows what is longer than the terminal in a pager. */
  protected async withIo<T>(flags: ScreenFlags, work: (io: Io, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { createIo } = await import('./io.ts')
    const controller = new AbortController()
    const stop = (): void => controller.abort()
    process.once('SIGINT', stop).once('SIGTERM', stop)
    const io = createIo(process, { color: flags.color, page: flags.pager })
    try {
      return await work(io, controller.signal)
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop)
      await io.flush()
    }
  }
}

/** A command that talks to a running orchestrator. Everything heavy is loaded once it really runs. */
export abstract class CtlCommand extends Command {
  static override baseFlags = connectionFlags

  /** For a question: what is longer than the terminal is shown in a pager at the end. */
  protected ask<T>(flags: ConnectionFlags, work: (context: CtlContext) => Promise<T>): Promise<T> {
    return this.withClient(flags, work, { page: flags.pager })
  }

  /** Opens the client that the flags ask for, lets `work` use it, and closes it whatever happens. */
  protected async withClient<T>(
    flags: ConnectionFlags,
    work: (context: CtlContext) => Promise<T>,
    options: { readonly page: boolean } = { page: false },
  ): Promise<T> {
    const [{ openClient }, { createIo }] = await Promise.all([import('./open-client.ts'), import('./io.ts')])
    const controller = new AbortController()
    const stop = (): void => controller.abort()
    process.once('SIGINT', stop).once('SIGTERM', stop)
    try {
      const io = createIo(process, { color: flags.color, page: options.page })
      const client = await openClient(flags, { env: process.env, io, version: this.config.version })
      try {
        return await work({
          io,
          client,
          signal: controller.signal,
          original: process.env.ASTARA_PROGRAM === 'astara-ctl',
        })
      } finally {
        await client.close()
        await io.flush()
      }
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop)
    }
  }
}
