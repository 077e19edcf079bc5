import { runOrchestrator } from '../../src/launch/index.ts'

/** The orchestrator from its sources: `node daemon-main.ts <orchestrator.ini>`. */
await runOrchestrator({
  files: [process.argv[2] ?? ''],
  dirs: undefined,
  env: process.env,
  version: '0.0.0',
  embedded: null,
  stdout: {
    isTerminal: false,
    size: () => ({ rows: 24, columns: 80 }),
    write: (text) => void process.stdout.write(text),
  },
})
