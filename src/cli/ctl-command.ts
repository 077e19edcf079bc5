import { Command } from '@oclif/core/command'
import type { OrchestratorClient } from '../client/index.ts'
import { connectionFlags } from './ctl-flags.ts'
import type { Io } from './io.ts'
import type { OutputOptions } from './output.ts'
import type { ColorChoice } from './terminal.ts'

/** What a command's work gets. */
export interface CtlContext {
  readonly io: Io
  readonly client: OrchestratorClient
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
}

/** The values of `connectionFlags`. */
export interface ConnectionFlags {
  readonly url?: string | undefined
  readonly via: 'http' | 'amqp'
  readonly 'transport-url'?: string | undefined
  readonly 'config-file'?: readonly string[] | undefined
  readonly timeout: number
  readonly color: ColorChoice
  readonly json: boolean
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

/** A command that talks to a running orchestrator. Everything heavy is loaded once it really runs. */
export abstract class CtlCommand extends Command {
  static override baseFlags = connectionFlags

  /** Opens the client that the flags ask for, lets `work` use it, and closes it whatever happens. */
  protected async withClient<T>(flags: ConnectionFlags, work: (context: CtlContext) => Promise<T>): Promise<T> {
    const [{ openClient }, { createIo }] = await Promise.all([import('./open-client.ts'), import('./io.ts')])
    const controller = new AbortController()
    const stop = (): void => controller.abort()
    process.once('SIGINT', stop).once('SIGTERM', stop)
    try {
      const io = createIo(process, { color: flags.color })
      const client = await openClient(flags, { env: process.env, io, version: this.config.version })
      try {
        return await work({ io, client, signal: controller.signal })
      } finally {
        await client.close()
      }
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop)
    }
  }
}
