import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import type { Node } from './tree.ts'
import { zshScript } from './zsh.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

const WRITERS: Readonly<Record<Shell, (nodes: readonly Node[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

/** A script that teaches a shell the words of `astara` and `astara-ctl`. */
export function completionScript(shell: Shell, nodes: readonly Node[]): string {
  return WRITERS[shell](nodes)
}
