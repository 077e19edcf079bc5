/** Things to read about that are no commands: `astara help exit-codes`. */
export const HELP_TOPICS: Readonly<Record<string, { readonly summary: string; readonly text: string }>> = {
  'exit-codes': {
    summary: 'What the exit status of a command says.',
    text: `  0  done
  1  failed: the work itself, or the orchestrator has a bug
  2  a mistake in usage, or refused: no confirmation, debug mode, several things fit
  3  not found
  4  not allowed
  5  nobody answers there, or it is not ready
  6  partly done: some of several failed
  8  timed out, or still pending at the end of --wait
130  interrupted (Ctrl-C)

ctl ssh ends with the status of what it ran there, 255 when ssh itself failed.`,
  },
  environment: {
    summary: 'Environment variables that commands heed.',
    text: `ASTARA_URL           address of the orchestrator's HTTP API
ASTARA_PROFILE       profile to use instead of the one in use
ASTARA_PAGER, PAGER  pager for what is longer than the terminal; "cat" or nothing: none
LESS                 options of less; without it FRX
NO_COLOR             anything: no colours
CLICOLOR_FORCE       1: colours even into a pipe
CLICOLOR             0: no colours on a terminal
XDG_CONFIG_HOME      where profiles are kept, in astara/profiles.json; else ~/.config
XDG_CACHE_HOME       where completion and host keys of instances are kept, in astara/; else ~/.cache
OS_<GROUP>__<OPTION> an option of the orchestrator's configuration, over its files

Which orchestrator is meant: a flag (--url, then --profile, then --config-file), then ASTARA_URL, then the profile in use, then the
configuration of an orchestrator on this machine, then http://127.0.0.1:44250. The first that says something wins.`,
  },
  formatting: {
    summary: 'Output formats, columns, sorting.',
    text: `-o table   aligned columns; on a terminal ages and cut cells, into a pipe or file full values
-o wide    all columns
-o json    the objects of the HTTP API (--json is the same); with --columns only these fields
-o yaml    the same as YAML
-o csv     with field names in the first line, quoted where needed
-o value   tabs between values, no field names
-o name    ids only, one per line

--columns id,name,state    these, in this order, in every format
--sort attempts:desc,name  or --sort=-attempts,name; unknown values come last both ways
--no-headers               for table, wide and csv`,
  },
  filters: {
    summary: 'The grammar of --filter, the same as in astara browse.',
    text: `Terms with blanks between; all must fit.

text, "two words"     in id, name, tenant, states, image, addresses, instances, last error; case does not count
/expression/          a regular expression on the same
key:value             state:error, tenant:4f2, name:/^r[0-9]+$/; fixed words may be several: state:error,degraded
key:*  key:           it has a value; it has none
key=value  key!=value
attempts>3  age>=5m   numbers as numbers; ages as 90s, 5m, 1h30m, 2d
!term                 not this

Keys: id name tenant driver state status step action queue attempts image image_current instances required address networks
fingerprint event error debug worker host age event_age alive_age configured_age revision`,
  },
}
