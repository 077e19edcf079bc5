#!/usr/bin/env node
// The name the original had for `astara run`.
if (process.argv[2] !== '--version') process.argv.splice(2, 0, 'run')
await import('./run.js')
