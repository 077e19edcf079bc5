import { boolean, integer, option, string } from '@oclif/core/flags'
import { configFlags } from './config-flags.ts'

// Kept in step with FORMATS of output.ts by a test; importing it here would load the printing code for every `--help`.
const FORMATS = ['table', 'wide', 'json', 'yaml', 'csv', 'value', 'name'] as const

/** Kept in step with the contract by a test, for the same reason. */
export const instanceStates = [
  'down',
  'booting',
  'up',
  'configured',
  'restart',
  'replug',
  'gone',
  'error',
  'degraded',
] as const

/** Which orchestrator a command talks to, and how. */
export const connectionFlags = {
  url: string({
    env: 'ASTARA_URL',
    helpValue: 'URL',
    summary: "Address of the orchestrator's HTTP API [default: http://127.0.0.1:44250, or as --config-file says].",
    helpGroup: 'CONNECTION',
  }),
  via: option({
    options: ['http', 'amqp'] as const,
    default: 'http',
    summary: 'Talk over HTTP, or send commands (no questions) over AMQP as the original did.',
    helpGroup: 'CONNECTION',
  })(),
  'transport-url': string({
    helpValue: 'URL',
    summary: 'For --via amqp: where RabbitMQ is, as oslo.messaging writes it [default: as --config-file says].',
    helpGroup: 'CONNECTION',
  }),
  'config-file': configFlags['config-file'],
  timeout: integer({
    default: 30,
    min: 1,
    max: 3600,
    helpValue: 'SECONDS',
    summary: 'Give up on an answer after so long.',
    helpGroup: 'CONNECTION',
  }),
  color: option({
    options: ['auto', 'always', 'never'] as const,
    default: 'auto',
    summary: 'Colours: auto heeds NO_COLOR, CLICOLOR, CLICOLOR_FORCE and the terminal.',
    helpGroup: 'OUTPUT',
  })(),
  json: boolean({ summary: 'Print JSON, the same objects as the API (same as -o json).', helpGroup: 'OUTPUT' }),
}

/** How a list or an object is printed. */
export const outputFlags = {
  output: option({
    char: 'o',
    aliases: ['format'],
    options: FORMATS,
    default: 'table',
    exclusive: ['json'],
    summary: 'Format of the result.',
    helpGroup: 'OUTPUT',
  })(),
  columns: string({ helpValue: 'COLUMN,…', summary: 'Only these columns, in this order.', helpGroup: 'OUTPUT' }),
  sort: string({
    helpValue: 'COLUMN[:desc],…',
    summary: 'Sort by these columns [default: by id].',
    helpGroup: 'OUTPUT',
  }),
  'no-headers': boolean({ summary: 'Leave the headers out.', helpGroup: 'OUTPUT' }),
}

/** Of every command that changes something. */
export const reasonFlags = {
  reason: string({ helpValue: 'TEXT', summary: "Why, for the orchestrator's log and the resource's timeline." }),
  yes: boolean({ char: 'y', summary: 'Do not ask; needed where there is no terminal, and with * and error.' }),
}

/** For commands that reach a router through AMQP. */
export const tenantFlag = {
  'tenant-id': string({
    helpValue: 'UUID',
    summary:
      "For --via amqp: the router's tenant; the original orchestrator needs it for a router it does not manage yet.",
  }),
}

/** For `rebuild`. */
export const imageFlag = {
  'image-uuid': string({ helpValue: 'UUID', summary: 'Rebuild with this Glance image instead of the configured one.' }),
}
