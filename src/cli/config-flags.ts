import { string } from '@oclif/core/flags'

/** Flags of every command that reads the orchestrator's configuration. */
export const configFlags = {
  'config-file': string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'FILE',
    summary: 'Configuration file; may be repeated, later ones win.',
    description:
      'Without it the first that exists of /etc/astara/orchestrator.ini, /etc/akanda-rug/rug.ini, /etc/akanda/rug.ini.',
    helpGroup: 'CONFIGURATION',
  }),
  'config-dir': string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'DIR',
    summary: 'Folder of *.conf and *.ini files, read sorted by name after the files; may be repeated.',
    helpGroup: 'CONFIGURATION',
  }),
}

/** What `loadConfig` takes, from the parsed flags. */
export function configSelection(flags: {
  readonly 'config-file'?: readonly string[] | undefined
  readonly 'config-dir'?: readonly string[] | undefined
}): { files: readonly string[] | undefined; dirs: readonly string[] | undefined } {
  return { files: flags['config-file'], dirs: flags['config-dir'] }
}
