import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CommandShape, completionScript, completionTree, type Shell } from '../../../src/cli/completion/index.ts'
import { hasShell } from '../../support/peers.ts'

/** As the manifest has commands, with every kind of flag and argument. */
const flag = (name: string, more: object = {}) => ({
  [name]: { name, type: 'option', summary: `It's ${name}.`, ...more },
})
const COMMANDS: readonly CommandShape[] = [
  {
    id: 'ctl:router:list',
    summary: 'List routers.',
    flags: {
      ...flag('state', { options: ['down', 'error', 'booting'] }),
      ...flag('output', { char: 'o', options: ['json', 'yaml'] }),
      ...flag('json', { type: 'boolean' }),
      ...flag('pager', { type: 'boolean', allowNo: true }),
      ...flag('secret', { hidden: true }),
      ...flag('url'),
      ...flag('profile'),
    },
    args: {},
  },
  {
    id: 'ctl:router:update',
    summary: 'Update routers: `now`, "soon" & $HOME.',
    flags: { ...flag('url'), ...flag('yes', { type: 'boolean', char: 'y' }) },
    args: { router: { name: 'router', multiple: true } },
  },
  { id: 'ctl:poll', summary: 'Poll.', flags: {}, args: {} },
  { id: 'config:show', summary: 'Show.', flags: flag('config-file'), args: {} },
  { id: 'completion', summary: 'Script.', flags: {}, args: { shell: { name: 'shell', options: ['bash', 'zsh'] } } },
  { id: 'completion:candidates', summary: 'Hidden.', hidden: true, flags: {}, args: {} },
]
const TREE = completionTree(COMMANDS, { ctl: 'Ask and instruct.', 'ctl:router': 'Routers.' })

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'astara-completion-'))
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    writeFileSync(join(folder, `script.${shell}`), completionScript(shell, TREE))
  }
  // What stands for the program: notes what it was asked, and knows two routers.
  writeFileSync(
    join(folder, 'astara'),
    `#!/bin/sh\nprintf '%s|' "$@" >> ${folder}/asked\nprintf 'edge\\tconfigured\\ne1f0-22\\tedge down\\n' | grep "^$4"\n`,
    { mode: 0o755 },
  )
  writeFileSync(join(folder, 'a file.ini'), '')
  writeFileSync(join(folder, 'b.ini'), '')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => writeFileSync(join(folder, 'asked'), ''))

function sh(program: string, args: readonly string[]): string {
  const run = spawnSync(program, args, {
    encoding: 'utf8',
    cwd: folder,
    timeout: 30_000,
    env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder, LC_ALL: 'C.UTF-8' },
  })
  if (run.error) throw run.error
  expect(run.stderr).toBe('')
  return run.stdout
}

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`
const lines = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .sort()

/** Presses Tab at the end of these words, of which the last is unfinished; answers with the words offered. */
const PRESS: Readonly<Record<Shell, (words: readonly string[]) => string[]>> = {
  bash(words) {
    // The shell splits at its word breaks before a completion function sees the line.
    const seen = words.flatMap((word) =>
      /^--[\w-]+=/.test(word) ? word.split(/(=)/).filter((part) => part !== '') : [word],
    )
    return lines(
      sh('bash', [
        '--norc',
        '-c',
        `source script.bash; COMP_WORDS=(${seen.map(quote).join(' ')}); COMP_CWORD=${seen.length - 1}; _astara; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ]),
    )
  },
  zsh(words) {
    // Outside of the line editor the builtins of completion are not there: these say what they are given.
    const stubs = `
      compdef() { : }
      _values_of() { local -a a; a=(\${(P)1}); for x in $a; do x=\${x//\\\\:/$'\\1'}; print -r -- \${\${x%%:*}//$'\\1'/:}; done }
      _describe() { while [[ $1 == -* ]]; do [[ $1 == -V ]] || :; shift; done; _values_of \${@[-1]} }
      compadd() { [[ $1 == -- ]] && shift; print -rl -- "$@" }
      _files() { print -rl -- *(N) }
      compset() { : }`
    const last = words.at(-1) ?? ''
    const out = sh('zsh', [
      '-f',
      '-c',
      `${stubs}; source ./script.zsh; words=(${words.map(quote).join(' ')}); CURRENT=${words.length}; PREFIX=${quote(last)}; _astara`,
    ])
    const prefix = /^--[\w-]+=/.test(last) ? last.slice(last.indexOf('=') + 1) : last
    return lines(out).filter((word) => word.startsWith(prefix))
  },
  fish(words) {
    const line = words.map((word) => word.replaceAll(' ', '\\ ')).join(' ')
    const out = sh('fish', ['--no-config', '-c', `source script.fish; complete -C ${quote(line)}`])
    return lines(out)
      .map((one) => one.split('\t')[0] ?? '')
      .map((one) => one.replace(/^--[\w-]+=/, ''))
  },
}

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  if (!hasShell(shell))
    console.warn(`SKIPPED: completion in ${shell}, which is not installed (apt-get install ${shell})`)

  describe.skipIf(!hasShell(shell))(`completion in ${shell}`, () => {
    const press = (...words: string[]): string[] => PRESS[shell](words)

    it.each([
      [
        ['astara', ''],
        ['completion', 'config', 'ctl'],
      ],
      [
        ['astara', 'c'],
        ['completion', 'config', 'ctl'],
      ],
      [['astara', 'ct'], ['ctl']],
      [
        ['astara', 'ctl', ''],
        ['poll', 'router'],
      ],
      [['astara', 'ctl', 'router', 'u'], ['update']],
      [
        ['astara-ctl', ''],
        ['poll', 'router'],
      ],
      [['astara-ctl', 'router', 'l'], ['list']],
      [['astara', 'nonsense', ''], []],
      [
        ['astara', 'completion', ''],
        ['bash', 'zsh'],
      ],
      [['astara', 'completion', 'bash', ''], []],
    ])('commands: %j', (words, expected) => {
      expect(press(...words)).toEqual(expected)
    })

    it('flags, with their short and negative forms, and no hidden ones', () => {
      const all = ['--json', '--no-pager', '--output', '--pager', '--profile', '--state', '--url', '-o']
      expect(press('astara', 'ctl', 'router', 'list', '-')).toEqual(all)
      expect(press('astara', 'ctl', 'router', 'list', '--p')).toEqual(['--pager', '--profile'])
      expect(press('astara', 'ctl', 'poll', '-')).toEqual([])
    })

    it.each([
      [['astara', 'ctl', 'router', 'list', '--state', '']],
      [['astara', 'ctl', 'router', 'list', '--json', '--state', '']],
      [['astara', 'ctl', 'router', 'list', '--state=']],
    ])('words of a fixed set: %j', (words) => {
      expect(press(...words)).toEqual(['booting', 'down', 'error'])
    })

    it('short flags take the same', () => {
      expect(press('astara', 'ctl', 'router', 'list', '-o', 'y')).toEqual(['yaml'])
    })

    it('live ids and names, of the orchestrator that the line means', () => {
      const words = ['astara', 'ctl', 'router', 'update', '--url', 'http://h:1', '-y', 'first', 'e']
      expect(press(...words)).toEqual(['e1f0-22', 'edge'])
      const asked = readFileSync(join(folder, 'asked'), 'utf8')
      expect(asked).toBe('completion|candidates|routers|e|--url|http://h:1|')
    })

    it('nothing is asked for what is not live', () => {
      press('astara', 'ctl', 'router', 'list', '--url', '')
      press('astara', 'ctl', 'router', '')
      expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe('')
    })

    it('files where files belong', () => {
      const offered = press('astara', 'config', 'show', '--config-file', '')
      expect(offered.join('\n').replaceAll('\\', '')).toContain('a file.ini')
    })
  })
}

it('the scripts have no syntax that their shells refuse', () => {
  for (const shell of (['bash', 'zsh', 'fish'] as const).filter(hasShell))
    sh(shell, ['-n', join(folder, `script.${shell}`)])
  expect(existsSync(join(folder, 'script.bash'))).toBe(true)
})
