import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { AstaraError, type Logger, messageOf } from '../../shared/index.ts'
import type { Port } from '../network/model.ts'
import { bootCommands } from './cloud-config.ts'
import { ownResolvConf } from './guest-nic.ts'
import { ip, run } from './run.ts'
import { emptySpace, removeSpace } from './sweep.ts'
import type { Switch } from './switch.ts'

export interface MachineOptions {
  readonly space: string
  /** Folder of the instance: what a VM has on its disk. */
  readonly dir: string
  /** How this program is started: interpreter and file. */
  readonly program: readonly string[]
  /** Port of the appliance's REST API. */
  readonly port: number
  readonly userData: string | null
  /** How the operating system of a machine that is no appliance brings a NIC up; null: it is an appliance. */
  readonly guest: ((port: Port, device: string) => Promise<void>) | null
  readonly fabric: Switch
  readonly logger: Logger
}

/** The one program of an appliance image that first boot runs. */
const CONFIGURE_MANAGEMENT = 'astara-configure-management'
const BOOT_TIMEOUT_MS = 60_000

/**
 * An instance: a network namespace in which the appliance's agent runs. What is done to it is done one after the other.
 */
export class Machine {
  readonly #options: MachineOptions
  /** Device by the id of the port it is. */
  readonly #plugged = new Map<string, string>()
  #isOn = false
  #agent: ChildProcess | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #isGone = false

  constructor(options: MachineOptions) {
    this.#options = options
  }

  get space(): string {
    return this.#options.space
  }

  /** Makes the namespace and plugs `ports` in, in their order. */
  create(ports: readonly Port[]): Promise<void> {
    return this.#inTurn(async () => {
      const { space, dir } = this.#options
      mkdirSync(dir, { recursive: true, mode: 0o755 })
      if (this.#options.guest) ownResolvConf(space)
      await ip(null, 'netns', 'add', space)
      await ip(space, 'link', 'set', 'dev', 'lo', 'up')
      await this.#plug(ports)
    })
  }

  /** Brings the NICs in line with `ports`: plugs in what is new, pulls out what has gone, leaves the rest alone. */
  plug(ports: readonly Port[]): Promise<void> {
    return this.#inTurn(() => this.#plug(ports))
  }

  async #plug(ports: readonly Port[]): Promise<void> {
    const { fabric, space } = this.#options
    const wanted = new Map(ports.map((port) => [port.id, port]))
    for (const [id] of this.#plugged) {
      if (wanted.has(id)) continue
      await fabric.unplug(id)
      this.#plugged.delete(id)
    }
    for (const [id, port] of wanted) {
      if (this.#plugged.has(id)) continue
      const device = this.#freeDevice()
      await fabric.plug(port, space, device)
      this.#plugged.set(id, device)
      if (this.#isOn) await this.#options.guest?.(port, device)
    }
  }

  #freeDevice(): string {
    const used = new Set(this.#plugged.values())
    for (let number = 0; ; number += 1) if (!used.has(`eth${number}`)) return `eth${number}`
  }

  /**
   * Boots: does what cloud-init is told to do, then starts the agent where that has put the management address. A machine that is no
   * appliance brings its NICs up.
   */
  powerOn(ports: readonly Port[]): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isOn) return
      this.#isOn = true
      const { userData, logger, space, guest } = this.#options
      if (guest) {
        for (const port of ports) {
          const device = this.#plugged.get(port.id)
          if (device !== undefined) await guest(port, device)
        }
        return
      }
      for (const command of bootCommands(userData)) await this.#bootCommand(command)
      const listen = this.#managementAddress()
      if (listen === null) {
        logger.warn({ space }, 'cloud-init set no management address: no agent is started')
        return
      }
      this.#agent = this.#startAgent(listen)
    })
  }

  async #bootCommand([program = '', ...args]: readonly string[]): Promise<void> {
    const { program: own, space, dir, logger } = this.#options
    if (basename(program) !== CONFIGURE_MANAGEMENT || args.length !== 2 || args.some((arg) => arg.startsWith('-'))) {
      logger.warn({ space, program }, 'a boot command that this image does not have')
      return
    }
    const [interpreter = '', ...rest] = own
    await run(
      'ip',
      [
        ...['netns', 'exec', space, interpreter, ...rest, 'appliance', 'configure-management', ...args],
        ...['--sshd-config=', `--environment-file=${join(dir, 'environment')}`],
      ],
      { timeoutMs: BOOT_TIMEOUT_MS, env: environment() },
    ).catch((error: unknown) => logger.error({ space, reason: messageOf(error) }, 'a boot command failed'))
  }

  #managementAddress(): string | null {
    try {
      const text = readFileSync(join(this.#options.dir, 'environment'), 'utf8')
      return /^ASTARA_APPLIANCE_LISTEN=(\S+)$/m.exec(text)?.[1] ?? null
    } catch {
      return null
    }
  }

  #startAgent(listen: string): ChildProcess {
    const { program, space, dir, port, logger } = this.#options
    const resolvConf = join(dir, 'resolv.conf')
    writeFileSync(resolvConf, 'nameserver 8.8.8.8\n')
    const log = openSync(join(dir, 'agent.log'), 'a', 0o640)
    try {
      const agent = spawn(
        'ip',
        [
          ...['netns', 'exec', space, ...program, 'appliance', 'serve', '--supervise', '--no-identity'],
          ...['--port', String(port), '--state-dir', join(dir, 'state'), '--run-dir', join(dir, 'run')],
          ...['--resolv-conf', resolvConf],
        ],
        {
          // A group of its own: Ctrl-C in our terminal is not for it.
          detached: true,
          stdio: ['ignore', log, log],
          env: { ...environment(), ASTARA_APPLIANCE_LISTEN: listen },
        },
      )
      agent.on('error', (error) => logger.error({ space, reason: error.message }, 'the agent could not be started'))
      agent.on('exit', (code, signal) => {
        if (this.#agent !== agent) return
        this.#agent = null
        logger.warn({ space, code, signal, log: join(dir, 'agent.log') }, 'the agent of an instance ended')
      })
      return agent
    } finally {
      closeSync(log)
    }
  }

  /** Ends all that runs in it, the agent in good order; NICs and disk stay. */
  powerOff(): Promise<void> {
    return this.#inTurn(async () => {
      const agent = this.#agent
      this.#agent = null
      this.#isOn = false
      if (agent) await end(agent)
      await emptySpace(this.#options.space)
    })
  }

  /** Pulls the plug: ends all that runs in it, at once, and removes it with its disk. */
  destroy(): Promise<void> {
    this.#isGone = true
    const { space, dir, fabric } = this.#options
    this.#agent = null
    const before = this.#turn
    const gone = emptySpace(space).then(async () => {
      // What was under way fails now; only then is it known what there is to be removed.
      await before
      await removeSpace(space)
      // The namespace goes when the kernel gets to it; names at the bridges must be free now.
      for (const id of this.#plugged.keys()) await fabric.unplug(id).catch(() => {})
      this.#plugged.clear()
      rmSync(dir, { recursive: true, force: true })
    })
    this.#turn = gone.catch(() => undefined)
    return gone
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(() => {
      if (this.#isGone) throw new AstaraError('interrupted', 'the instance was deleted')
      return work()
    })
    this.#turn = next.catch(() => undefined)
    return next
  }
}

const GRACE_MS = 8_000

/** Asks a process to end, and makes it end when it does not. */
function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve()
      return
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

/** What a program in an instance sees of our environment: nothing that is ours. */
function environment(): Record<string, string> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin' } = process.env
  return { PATH: `${PATH}:/usr/sbin:/sbin`, HOME: '/root', LANG: 'C.UTF-8' }
}
