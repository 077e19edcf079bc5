import { whatIsMissing } from './requirements.ts'
import { findRig, listRigs, startRig } from './rig.ts'

const USAGE = `Usage: npm run rig -- start [NAME]              a real OpenStack that is kept running (name: dev)
       npm run rig -- enter [NAME] [-- COMMAND]   a shell, or a command, inside it
       npm run rig -- stop [NAME] | list`

async function enter(name: string, command: readonly string[]): Promise<number> {
  const rig = findRig(name)
  if (!rig) throw new Error(`no rig ${name} runs; there are: ${listRigs().join(', ') || 'none'}`)
  const shell = ['bash', '--rcfile', `${rig.folder}/openrc`]
  const child = rig.spawn(command.length > 0 ? command : shell, { stdio: 'inherit' })
  // A terminal tells the command itself; this process has to live until it is done.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, () => undefined)
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
}

async function run(args: readonly string[]): Promise<number> {
  const split = args.includes('--') ? args.indexOf('--') : args.length
  const [act, name = 'dev'] = args.slice(0, split)
  switch (act) {
    case 'start': {
      const missing = whatIsMissing()
      if (missing.length > 0) throw new Error(`the rig cannot run here: ${missing.join('; ')}`)
      const rig = await startRig(name, { isKept: true })
      console.log(`${rig.folder}: openrc, clouds.yaml, ids.env, log/\nnpm run rig -- enter ${name}`)
      return 0
    }
    case 'enter':
      return enter(name, args.slice(split + 1))
    case 'stop':
      await findRig(name)?.stop()
      return 0
    case 'list':
      for (const one of listRigs()) console.log(one)
      return 0
    default:
      console.error(USAGE)
      return 2
  }
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
