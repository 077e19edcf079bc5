#!/usr/bin/env node
// The name the original had for `astara debug-router`.
if (process.argv[2] !== '--version') process.argv.splice(2, 0, 'debug-router')
await import('./run.js')
