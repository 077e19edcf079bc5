import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { resolveResource } from '../../client/index.ts'
import type { DriverName, Instance, Resource } from '../../contract/index.ts'
import { AstaraError, messageOf } from '../../shared/index.ts'
import { cacheFolder } from '../cache-folder.ts'
import { callOf, type Work } from './context.ts'

export interface SshOptions {
  readonly text: string
  readonly driver: DriverName | null
  /** What to run there; nothing: a shell. */
  readonly command: readonly string[]
  /** The account that the appliance's first boot makes. */
  readonly user: string
  readonly identity?: string | undefined
  /** The id of an instance, its beginning, or its name; otherwise one that answers. */
  readonly instance?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The instance to go to. A dead one is still worth a try when nothing else is there. */
function chooseInstance(resource: Resource, wanted: string | undefined): Instance & { management_address: string } {
  const named = resource.instances.filter(
    ({ id, name }) => wanted === undefined || name === wanted || id.startsWith(wanted.toLowerCase()),
  )
  const reachable = named.filter(
    (one): one is Instance & { management_address: string } => one.management_address !== null,
  )
  const best = reachable.find((one) => one.alive) ?? reachable[0]
  if (best !== undefined) return best
  const title = resource.name || resource.id
  const why =
    resource.instances.length === 0
      ? `${title} has no instance: it is ${resource.instance_state}`
      : named.length === 0
        ? `${title} has no instance "${wanted}"`
        : `the instance of ${title} has no management address yet: it is ${resource.instance_state}`
  throw new AstaraError('not_found', why, {
    suggestions: [`See it: astara ctl resource show ${resource.id}`],
  })
}

/**
 * The words of the ssh command. Each instance makes a host key of its own at its first boot, so keys are kept under the instance's id in a
 * file of ours: a rebuilt router is a new host, and another machine at the address of one that is known is noticed. ssh takes IPv6 addresses
 * bare after `user@`; brackets belong into URLs only.
 */
function sshWords(
  instance: Pick<Instance, 'id'> & { readonly management_address: string },
  { user, identity, command, env }: Pick<SshOptions, 'user' | 'identity' | 'command' | 'env'>,
): readonly string[] {
  const address = instance.management_address.replace(/^\[|\]$/g, '')
  return [
    ...['-o', `HostKeyAlias=astara-${instance.id}`],
    ...['-o', `UserKnownHostsFile="${join(cacheFolder(env), 'known_hosts')}"`],
    ...['-o', 'StrictHostKeyChecking=accept-new'],
    ...(identity === undefined ? [] : ['-i', identity]),
    ...['-l', user],
    // Nothing behind this is taken for an option, whatever an address may look like.
    '--',
    address,
    ...command,
  ]
}

/** Runs ssh on this terminal until it ends; its exit status, as a shell tells it. */
function runSsh(words: readonly string[], env: SshOptions['env']): Promise<number> {
  return new Promise((resolve, reject) => {
    // ssh hears Ctrl-C itself.
    const ignore = (): void => {}
    process.on('SIGINT', ignore)
    const child = spawn('ssh', words, { stdio: 'inherit', env })
    const end = (): void => void process.off('SIGINT', ignore)
    child.on('error', (cause) => {
      end()
      reject(new AstaraError('failed', `ssh cannot be started: ${messageOf(cause)}`, { cause }))
    })
    child.on('exit', (code, signal) => {
      end()
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

/**
 * Logs in to a resource's instance, or runs a command there, over the management network.
 *
 * @returns the exit status of the command (255: ssh itself failed)
 * @throws AstaraError `not_found`: no such resource, or no instance with an address
 */
export async function sshTo(work: Work & SshOptions): Promise<number> {
  const { io, client, text, driver, env } = work
  const options = { ...callOf(work), ...(driver === null ? {} : { driver }) }
  const resource = await io.busy('Looking for the instance', resolveResource(client, text, options))
  const instance = chooseInstance(resource, work.instance)
  const { mkdir } = await import('node:fs/promises')
  await mkdir(cacheFolder(env), { recursive: true, mode: 0o700 })
  return await runSsh(sshWords(instance, work), env)
}
