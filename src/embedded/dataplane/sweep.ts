import { readdirSync, rmSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { type Logger, messageOf } from '../../shared/index.ts'
import { ownerOfDevice, ownerOfSpace } from './names.ts'
import { forget, isLeftBehind, ownersNoted } from './owner.ts'
import { ip, run } from './run.ts'

/** Files that `ip netns exec` shows in /etc of a namespace. */
export const ETC_NETNS = '/etc/netns'

/** Names of the network namespaces there are. */
async function listSpaces(): Promise<readonly string[]> {
  const lines = (await ip(null, 'netns', 'list')).split('\n')
  return lines.flatMap((line) => line.split(' ', 1)[0] || [])
}

/** Ends everything that runs in a namespace, at once and without asking. */
export async function emptySpace(space: string): Promise<void> {
  // What is killed may just have started something.
  for (let round = 0; round < 5; round += 1) {
    const pids = (await ip(null, 'netns', 'pids', space).catch(() => '')).split('\n').filter(Boolean)
    if (pids.length === 0) return
    for (const pid of pids) kill(Number(pid))
  }
}

/** Removes a namespace with all that runs in it. One that is not there is removed already. */
export async function removeSpace(space: string): Promise<void> {
  await emptySpace(space)
  await ip(null, 'netns', 'delete', space).catch(async (error: unknown) => {
    if ((await listSpaces()).includes(space)) throw error
  })
  rmSync(`${ETC_NETNS}/${space}`, { recursive: true, force: true })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

function devices(): readonly string[] {
  try {
    return readdirSync('/sys/class/net')
  } catch {
    return Object.keys(networkInterfaces())
  }
}

function etcFolders(): readonly string[] {
  try {
    return readdirSync(ETC_NETNS)
  } catch {
    return []
  }
}

/**
 * Removes what data planes of processes that run no more have left: namespaces with all that runs in them, devices, files. What belongs to
 * a living process stays, and what cannot be told from here. Returns the names of what was removed.
 */
export async function sweep(logger: Logger): Promise<readonly string[]> {
  const isLeft = (pid: number | null): boolean => pid !== null && isLeftBehind(pid)
  const removed: string[] = []
  for (const space of (await listSpaces()).filter((name) => isLeft(ownerOfSpace(name)))) {
    await removeSpace(space)
    removed.push(space)
  }
  for (const device of devices().filter((name) => isLeft(ownerOfDevice(name)))) {
    // With the namespace of its other end it may be going already.
    await run('ip', ['link', 'delete', device]).catch((error: unknown) =>
      logger.debug({ device, reason: messageOf(error) }, 'a device was gone already'),
    )
    removed.push(device)
  }
  for (const folder of etcFolders().filter((name) => isLeft(ownerOfSpace(name)))) {
    rmSync(`${ETC_NETNS}/${folder}`, { recursive: true, force: true })
  }
  for (const pid of ownersNoted()) if (isLeftBehind(pid)) forget(pid)
  if (removed.length > 0) logger.info({ removed: removed.length }, 'removed what an earlier data plane had left behind')
  return removed
}
