import { string as arg } from '@oclif/core/args'
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

/** Of every command that prints something. */
export const screenFlags = {
  color: option({
    options: ['auto', 'always', 'never'] as const,
    default: 'auto',
    summary: 'Colours: auto heeds NO_COLOR, CLICOLOR, CLICOLOR_FORCE and the terminal.',
    helpGroup: 'OUTPUT',
  })(),
  pager: boolean({
    allowNo: true,
    default: true,
    summary: 'On a terminal, show what is longer than it in ASTARA_PAGER, else PAGER, else less.',
    helpGroup: 'OUTPUT',
  }),
  json: boolean({ summary: 'Print JSON, the same objects as the API (same as -o json).', helpGroup: 'OUTPUT' }),
}

/** Which orchestrator a command talks to, and how. */
export const connectionFlags = {
  url: string({
    helpValue: 'URL',
    summary: "Address of the orchestrator's HTTP API [env: ASTARA_URL; default: http://127.0.0.1:44250].",
    description:
      'What says more narrowly which orchestrator is meant wins: a flag (--url, then --profile, then --config-file), the environment ' +
      '(ASTARA_URL), the profile in use (ASTARA_PROFILE, else `astara profile use`), the configuration of an orchestrator on this ' +
      'machine (/etc/astara/orchestrator.ini), the default.',
    helpGroup: 'CONNECTION',
  }),
  profile: string({
    helpValue: 'NAME',
    summary: 'Orchestrator as kept with `astara profile add` [env: ASTARA_PROFILE; default: the one in use].',
    helpGroup: 'CONNECTION',
  }),
  via: option({
    options: ['http', 'amqp'] as const,
    summary: "Talk over HTTP, or over AMQP with the original's commands [default: as the profile says, else http].",
    helpGroup: 'CONNECTION',
  })(),
  'transport-url': string({
    helpValue: 'URL',
    summary:
      'For --via amqp: where RabbitMQ is, as oslo.messaging writes it [default: as profile or --config-file say].',
    helpGroup: 'CONNECTION',
  }),
  'config-file': configFlags['config-file'],
  timeout: integer({
    min: 1,
    max: 86_400,
    helpValue: 'SECONDS',
    summary: 'Give up after so long [default: 30 for an answer; with --wait 900 for all of it].',
    helpGroup: 'CONNECTION',
  }),
  ...screenFlags,
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
  yes: boolean({ char: 'y', summary: 'Do not ask; needed where there is no terminal to ask on.' }),
}

const tenant = string({
  aliases: ['tenant-id', 'project'],
  helpValue: 'UUID',
  summary: 'Only those of this tenant.',
  helpGroup: 'SELECTION',
})
const filter = string({
  helpValue: 'TERMS',
  summary: 'Only those that fit, e.g. "state:error age>5m !name:test" (see `astara help filters`).',
  helpGroup: 'SELECTION',
})

/** Which resources a list shows. */
export const listingFlags = {
  tenant,
  state: option({ options: instanceStates, summary: 'Only those in this state.', helpGroup: 'SELECTION' })(),
  name: string({ helpValue: 'NAME', summary: 'Only those with exactly this name.', helpGroup: 'SELECTION' }),
  filter,
}

/** Which resources something is done to. */
export const selectionFlags = {
  tenant,
  state: listingFlags.state,
  filter,
  all: boolean({ summary: 'All there are.', helpGroup: 'SELECTION' }),
}

/** For commands that follow what they began. */
export const waitFlag = {
  wait: boolean({ summary: 'Follow it until it is configured, or say why it is not.' }),
}

/** For lists. */
export const watchFlag = {
  watch: boolean({ char: 'w', summary: 'Go on with a row for each change, until Ctrl-C.' }),
}

/** For `rebuild`. */
export const imageFlag = {
  'image-uuid': string({
    // The original's spellings.
    aliases: ['router_image_uuid', 'resource_image_uuid', 'image_uuid'],
    helpValue: 'UUID',
    summary: 'Rebuild with this Glance image instead of the configured one.',
  }),
}

const WHICH = 'Id, unique beginning of an id, or name; several; - reads them from standard input.'

/** `ROUTER…` or `RESOURCE…` of commands that act. Never taken from standard input by accident. */
export const targetsArg = (wildcards: boolean) =>
  arg({
    multiple: true,
    ignoreStdin: true,
    description: wildcards ? `${WHICH} \`*\` is --all, \`error\` is --state error, as the original had it.` : WHICH,
  })

/** `ROUTER` or `RESOURCE` of commands that ask about one. */
export const targetArg = () =>
  arg({ required: true, ignoreStdin: true, description: 'Id, unique beginning of an id, or name.' })

/** Kept in step with the contract by a test, as `instanceStates` are. */
export const timelineTypes = ['event', 'command', 'step', 'call', 'config', 'state', 'error', 'unchanged'] as const

/** For `timeline`. */
export const timelineFlags = {
  type: option({
    options: timelineTypes,
    multiple: true,
    multipleNonGreedy: true,
    summary: 'Only entries of this type; may be repeated.',
    helpGroup: 'SELECTION',
  })(),
  limit: integer({ min: 1, helpValue: 'N', summary: 'Only the last so many.', helpGroup: 'SELECTION' }),
}

/** As well. */
export const streamTypes = ['resource', 'removed', 'timeline', 'worker', 'debug'] as const

/** `TENANT` of commands about one. */
export const tenantArg = () =>
  arg({ required: true, ignoreStdin: true, description: 'Id of a Keystone project, or the unique beginning of one.' })
