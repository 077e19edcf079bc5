type Env = Readonly<Record<string, string | undefined>>

/** The pager to use, as a shell command: ASTARA_PAGER, else PAGER, else less. null: none (`cat` and nothing mean none). */
export function pagerCommand(env: Env): string | null {
  const command = (env.ASTARA_PAGER ?? env.PAGER ?? 'less').trim()
  return command === '' || command === 'cat' || env.TERM === 'dumb' ? null : command
}

/**
 * Shows `text` through a pager on this terminal, and resolves when it was left. False: there is no such pager, nothing was shown. Without
 * LESS in the environment less is told to end at once when everything fits, to show colours, and to leave the text on the screen.
 */
export async function showInPager(command: string, text: string, env: Env): Promise<boolean> {
  const { spawn } = await import('node:child_process')
  // Ctrl-C is the pager's while it runs.
  const ignore = (): void => {}
  process.on('SIGINT', ignore)
  try {
    return await new Promise<boolean>((resolve) => {
      const child = spawn('/bin/sh', ['-c', command], {
        stdio: ['pipe', 'inherit', 'inherit'],
        env: { ...env, LESS: env.LESS ?? 'FRX', LV: env.LV ?? '-c' },
      })
      child.on('error', () => resolve(false))
      // 126 and 127 are the shell's own: it could not run it.
      child.on('exit', (code) => resolve(code !== 126 && code !== 127))
      // Whoever leaves the pager early has seen enough.
      child.stdin.on('error', ignore)
      child.stdin.end(text)
    })
  } finally {
    process.off('SIGINT', ignore)
  }
}
