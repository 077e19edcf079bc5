#!/usr/bin/env node
// Must be readable by Node 18, so that a Node that is too old can say so.
import { existsSync, readFileSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// `astara … | head -1` is no error. Without this oclif waits for ever for a drain that cannot come.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

const place = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const [major, minor] = process.versions.node.split('.').map(Number)

if (process.argv.length === 3 && process.argv[2] === '--version') {
  const { name, version } = JSON.parse(readFileSync(place('package.json'), 'utf8'))
  console.log(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}`)
} else if (major < 22 || (major === 22 && minor < 19)) {
  const bundled = place('node_modules/node/bin/node')
  if (existsSync(bundled)) (await import('./with-node.js')).runWith(bundled, fileURLToPath(import.meta.url))
  else fail(`astara needs Node.js 22.19 or newer; this is ${process.version} (${process.execPath})`)
} else if (!existsSync(place('dist/run.js'))) {
  fail('astara is not built yet: run `npm run build`')
} else {
  module.enableCompileCache?.()
  await (await import('../dist/run.js')).run()
}

function fail(message) {
  console.error(message)
  process.exitCode = 1
}
