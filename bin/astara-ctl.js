#!/usr/bin/env node
// The name the original had for `astara ctl`.
if (process.argv[2] !== '--version') process.argv.splice(2, 0, 'ctl')
await import('./run.js')
