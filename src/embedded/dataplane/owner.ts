import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { fateOf, ownMark, processMark } from '../process-mark.ts'

/** Below this each process has a folder with its name: the instances' files, and a record of who it is. */
const RUN_ROOT = '/run/astara-dataplane'

const record = processMark.extend({
  /** Where the control API listens; null while starting. */
  control: z.string().nullable(),
  /** Address ranges that it uses, or is about to. */
  ranges: z.array(z.string()).readonly(),
})

/** One who has a data plane. */
export type Owner = z.infer<typeof record>

/** Folder of a process's data plane. */
export const ownerDir = (pid: number, root: string = RUN_ROOT): string => join(root, String(pid))

/** Says that this process has a data plane, before there is anything of it; said again, it replaces what was said. */
export function claim(said: Pick<Owner, 'control' | 'ranges'>, root: string = RUN_ROOT): void {
  const dir = ownerDir(process.pid, root)
  mkdirSync(dir, { recursive: true, mode: 0o755 })
  const owner: Owner = { ...ownMark(), ...said }
  writeFileSync(join(dir, 'owner.json'), `${JSON.stringify(owner)}\n`)
}

/** Removes a process's folder. */
export function forget(pid: number, root: string = RUN_ROOT): void {
  rmSync(ownerDir(pid, root), { recursive: true, force: true })
}

function read(pid: number, root: string): Owner | null {
  try {
    return record.parse(JSON.parse(readFileSync(join(ownerDir(pid, root), 'owner.json'), 'utf8')))
  } catch {
    return null
  }
}

/** Ids of the processes that have, or had, a folder. */
export function ownersNoted(root: string = RUN_ROOT): readonly number[] {
  try {
    return readdirSync(root)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** The data plane of a process that runs; null: it is dead, has none, or cannot be told from here. */
export function livingOwner(pid: number, root: string = RUN_ROOT): Owner | null {
  const owner = read(pid, root)
  return owner !== null && fateOf(owner) === 'runs' ? owner : null
}

/**
 * Whether what carries a process's number was left behind. What is noted from another PID namespace (a container that shares `/run`) is not:
 * nobody here can tell whether its process runs.
 */
export function isLeftBehind(pid: number, root: string = RUN_ROOT): boolean {
  const owner = read(pid, root)
  return owner === null || fateOf(owner) === 'gone'
}

/** Data planes of processes that run. */
export const livingOwners = (root: string = RUN_ROOT): readonly Owner[] =>
  ownersNoted(root).flatMap((pid) => livingOwner(pid, root) ?? [])
