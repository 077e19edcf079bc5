#!/usr/bin/env node
// The name the original had for `astara ctl`. Called by it, one resource named by its whole id is acted on without a question where there is
// no terminal to ask on, as scripts for the original expect (see docs/ctl.md).
process.env.ASTARA_PROGRAM = 'astara-ctl'

if (process.argv[2] !== '--version') {
  // The original took its general options before the command. Those that choose a configuration go behind it; the rest meant its logging.
  const words = process.argv.splice(2)
  const behind = []
  while (words[0]?.startsWith('-') && words[0] !== '--help' && words[0] !== '-h') {
    const [name, value] = words.shift().split(/=(.*)/s)
    if (name === '--config-file') behind.push(name, value ?? words.shift() ?? '')
    else if (name === '--log-file' && value === undefined) words.shift()
    else if (!['-v', '--verbose', '-q', '--quiet', '--debug', '--log-file'].includes(name)) behind.push(name)
  }
  const end = words.indexOf('--')
  if (end === -1) words.push(...behind)
  else words.splice(end, 0, ...behind)
  process.argv.push('ctl', ...words)
}
await import('./run.js')
