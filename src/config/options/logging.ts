import { bool, option, str } from '../option.ts'
import { choice } from '../types/text.ts'

/** [DEFAULT]: the log. */
export const LOGGING_OPTIONS = {
  debug: bool({ default: false, help: 'Log at level debug, whatever log_level says.', reloadable: true }),
  verbose: bool({
    default: true,
    help: 'Kept from old files.',
    noEffect: 'use log_level or debug',
  }),
  log_level: option(choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), {
    default: 'info',
    help: 'The least important lines that are logged.',
    reloadable: true,
  }),
  log_format: option(choice('plain', 'json'), {
    default: 'plain',
    help: 'One plain line per record, or one JSON object per line.',
  }),
  log_file: str({
    help: 'File to log to; relative to log_dir when that is set. Unset: no file.',
    deprecated: [{ name: 'logfile' }],
  }),
  log_dir: str({ help: 'Folder of log_file.', deprecated: [{ name: 'logdir' }] }),
  use_syslog: bool({
    default: false,
    help: 'Also log to syslog.',
    noEffect: 'let systemd (its journal takes standard error) or logger(1) hand the log on to syslog',
  }),
  use_stderr: bool({ default: true, help: 'Log to standard error.' }),
}
