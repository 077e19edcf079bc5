import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { ApplianceInterface, LabelCounter } from '../contract/index.ts'
import { type Clock, type Logger, messageOf, type Timer } from '../shared/index.ts'
import {
  type ApplianceSettings,
  type Applied,
  ApplyFailed,
  Checker,
  counts,
  type Desired,
  desiredState,
  loadApplied,
  type Machinery,
  plan,
  type Role,
  transact,
} from './apply/index.ts'
import { bodyText, type Configuration, parseConfiguration } from './body/index.ts'
import { configurationAnswer, interfaceAnswer, labelCounters } from './echo.ts'
import { buildModel, type Machine, type Model } from './model/index.ts'
import { compareIps, type Ip, parseInterfaceAddress } from './net/ip.ts'
import { assignNames, devicesByName, type NameTable } from './plan/names.ts'
import type { MetadataConfig } from './render/metadata.ts'
import { holdsMastership, type RoleWatcher } from './role-watcher.ts'
import type { Draft, Files } from './system/files.ts'
import type { Kernel, LiveLink } from './system/live.ts'
import type { Services } from './system/services.ts'

/** What an agent stands on. */
export interface AgentDeps {
  readonly kernel: Kernel
  readonly services: Services
  readonly files: Files
  readonly settings: ApplianceSettings
  /** The address on which the API is offered. */
  readonly listen: Ip
  readonly clock: Clock
  readonly logger: Logger
  /** Called whenever the metadata proxy is to serve something else. */
  readonly onMetadata?: (config: MetadataConfig) => void
  /** Starts to watch for mastership; only called for one of a pair. */
  readonly watchRole?: (onChange: () => void) => RoleWatcher
}

/** What a push did. */
export interface PushResult {
  readonly configuration: Record<string, unknown>
  /** One line per change; empty when everything was so already. */
  readonly changes: readonly string[]
  readonly warnings: readonly string[]
}

interface Situation {
  readonly links: readonly LiveLink[]
  readonly names: NameTable
  readonly machine: Machine
}

const RETRY_MS = 1_000

const nameTable = z.record(z.string(), z.string())
const NO_CONFIGURATION: Configuration = parseConfiguration({ networks: [] })

/**
 * The appliance: holds the configuration in force and takes the machine from one to the next, one at a time. Pushes, changes of
 * mastership and the periodic look all go the same way: from what is to what is wanted.
 */
export class ApplianceAgent {
  readonly #deps: AgentDeps
  readonly #checker: Checker
  #names: NameTable = {}
  #salt = ''
  /** The last body and what it was read as: orchestrators push the same again and again. */
  #parsed: { readonly text: string; readonly config: Configuration } | null = null
  #rendered: { readonly config: Configuration; readonly situation: Situation; readonly desired: Desired } | null = null
  #applied: Applied | null = null
  #config: Configuration | null = null
  #good: Desired | null = null
  #role: Role = 'single'
  #watcher: RoleWatcher | null = null
  #queue: Promise<unknown> = Promise.resolve()
  #stopped = false
  #retry: Timer | null = null

  constructor(deps: AgentDeps) {
    this.#deps = deps
    this.#checker = new Checker(deps.kernel, deps.services)
  }

  /**
   * Raises the firewall, then puts the last good configuration into force again. A configuration that no longer fits this machine
   * leaves it closed and waiting for a push.
   *
   * @throws ApplyFailed when not even the bare firewall can be set: an appliance without it does not serve.
   */
  start(): Promise<void> {
    return this.#exclusive(async () => {
      const { files, settings, logger } = this.#deps
      this.#applied = await loadApplied(files, settings.paths.applied)
      this.#names = await this.#loadNames()
      await this.#loadSalt()
      const saved = await this.#loadConfiguration()
      if (saved) {
        try {
          await this.#apply(saved, NO_CONFIGURATION)
          logger.info({ networks: saved.networks.length }, 'the last good configuration is in force')
          return
        } catch (error) {
          logger.error(
            { reason: messageOf(error) },
            'the last good configuration cannot be applied; waiting for another',
          )
        }
      }
      await this.#apply(NO_CONFIGURATION, NO_CONFIGURATION)
      this.#config = null
    })
  }

  /**
   * Puts a configuration into force. @throws ConfigurationRefused (nothing was touched), ApplyFailed (taken back).
   */
  push(body: unknown): Promise<PushResult> {
    const text = bodyText(body)
    const config = this.#parsed?.text === text ? this.#parsed.config : parseConfiguration(body)
    this.#parsed = { text, config }
    return this.#exclusive(async () => {
      const { files, settings, logger, clock } = this.#deps
      const startedAt = clock.monotonic()
      const saved = `${text}\n`
      const path = settings.paths.configuration
      const draft = (await files.read(path)) === saved ? null : await this.#draft(path, saved)
      const { changes, model } = await this.#apply(config, this.#config ?? NO_CONFIGURATION, true).catch(
        async (error: unknown) => {
          await draft?.drop()
          throw error
        },
      )
      await draft?.keep()
      const ms = Math.round(clock.monotonic() - startedAt)
      logger.info({ changes: changes.length, networks: model.networks.length, ms }, 'configuration in force')
      for (const warning of model.warnings) logger.warn({}, warning)
      return { configuration: await this.configuration(), changes, warnings: model.warnings }
    })
  }

  /** What cannot be kept must not be put into force: it would be gone with the agent's next start. */
  async #draft(path: string, text: string): Promise<Draft> {
    try {
      return await this.#deps.files.draft(path, text, 0o600)
    } catch (error) {
      throw new ApplyFailed('configuration', `it cannot be kept: ${messageOf(error)}`, true)
    }
  }

  /** What a push of this body would change, step by step, after all checks. Changes nothing. @throws ConfigurationRefused */
  preview(body: unknown): Promise<PushResult> {
    const config = parseConfiguration(body)
    return this.#exclusive(async () => {
      this.#applied ??= await loadApplied(this.#deps.files, this.#deps.settings.paths.applied)
      if (Object.keys(this.#names).length === 0) this.#names = await this.#loadNames()
      if (this.#salt === '') await this.#loadSalt()
      const situation = await this.#look(config)
      const desired = this.#desired(config, situation)
      await this.#checker.check(desired)
      const { steps } = await plan(desired, this.#good?.model ?? null, this.#unused(situation), this.#machinery())
      return {
        configuration: configurationAnswer(config, null),
        changes: steps.flatMap((step) => step.changes.map((change) => `${step.name}: ${change}`)),
        warnings: desired.model.warnings,
      }
    })
  }

  /** Looks again and mends what is not as it should be. Never rejects. */
  reconcile(): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#stopped || !this.#applied) return
      try {
        const config = this.#config ?? NO_CONFIGURATION
        const { changes } = await this.#apply(config, config)
        if (changes.length > 0) this.#deps.logger.warn({ changes }, 'mended')
      } catch (error) {
        this.#deps.logger.error({ reason: messageOf(error) }, 'could not reconcile; trying again')
        this.#retrySoon()
      }
    })
  }

  /** The configuration in force, as the API shows it. */
  async configuration(): Promise<Record<string, unknown>> {
    const own = [...(this.#good?.model.management?.addresses ?? [])].map((address) => address.ip).sort(compareIps)[0]
    return configurationAnswer(this.#config, own?.text ?? null)
  }

  /** Every NIC, under its generic name. */
  async interfaces(): Promise<ApplianceInterface[]> {
    const { links, names } = await this.#look(this.#config)
    const byMac = new Map(links.filter((link) => link.nic).map((link) => [link.mac, link]))
    return Object.entries(names).flatMap(([name, mac]) => {
      const link = byMac.get(mac)
      return link ? [interfaceAnswer(name, link)] : []
    })
  }

  /** Counters of the configured labels; `reset` starts them anew in the same instant. */
  async labels(reset: boolean): Promise<LabelCounter[]> {
    const labels = this.#good?.model.labels ?? []
    if (labels.length === 0) return []
    return labelCounters(labels, await this.#deps.kernel.readCounters(reset))
  }

  /** The filter rules in the kernel. */
  rules(): Promise<string> {
    return this.#deps.kernel.listRules()
  }

  get role(): Role {
    return this.#role
  }

  /** Takes no more work and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#watcher?.stop()
    this.#retry?.cancel()
    await this.#queue.catch(() => undefined)
  }

  /** A change of mastership that could not be followed is not told again. */
  #retrySoon(): void {
    this.#retry ??= this.#deps.clock.after(
      RETRY_MS,
      () => {
        this.#retry = null
        void this.reconcile()
      },
      { unref: true },
    )
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work)
    this.#queue = result.catch(() => undefined)
    return result
  }

  async #loadNames(): Promise<NameTable> {
    const { files, settings, logger } = this.#deps
    const text = await files.read(settings.paths.names)
    try {
      return text === null ? {} : nameTable.parse(JSON.parse(text))
    } catch (error) {
      logger.error({ reason: messageOf(error) }, 'interface names cannot be read; they are given anew')
      return {}
    }
  }

  async #loadSalt(): Promise<void> {
    const { files, settings } = this.#deps
    this.#salt = (await files.read(settings.paths.salt)) ?? ''
    if (this.#salt !== '') return
    this.#salt = randomBytes(16).toString('hex')
    await files.write(settings.paths.salt, this.#salt, 0o600)
  }

  async #loadConfiguration(): Promise<Configuration | null> {
    const { files, settings, logger } = this.#deps
    const text = await files.read(settings.paths.configuration)
    try {
      return text === null ? null : parseConfiguration(JSON.parse(text))
    } catch (error) {
      logger.error({ reason: messageOf(error) }, 'the saved configuration cannot be read')
      return null
    }
  }

  /** Reads the links and brings the generic names up to date. */
  async #look(config: Configuration | null, seen?: readonly LiveLink[]): Promise<Situation> {
    const { kernel, settings, listen } = this.#deps
    const links = seen ?? (await kernel.readLinks())
    const carrier = links.find((link) =>
      link.addresses.some((address) => parseInterfaceAddress(address.text)?.ip.text === listen.text),
    )
    const serving = carrier?.nic ? carrier : null
    const reserved = new Set((config?.networks ?? []).map((network) => network.interface.ifname))
    for (const network of this.#config?.networks ?? []) reserved.add(network.interface.ifname)
    const names = assignNames(this.#names, links, serving?.device ?? null, reserved)
    if (JSON.stringify(names) !== JSON.stringify(this.#names)) {
      this.#names = names
      await this.#note(settings.paths.names, `${JSON.stringify(names)}\n`)
    }
    const addresses = (serving?.addresses ?? []).flatMap(({ text }) => {
      const address = parseInterfaceAddress(text)
      return address?.ip.text === listen.text ? [address] : []
    })
    return {
      links,
      names: this.#names,
      machine: { devices: devicesByName(names, links), serving: serving && { device: serving.device, addresses } },
    }
  }

  #desired(config: Configuration, situation: Situation): Desired {
    const last = this.#rendered
    const { machine, links, names } = situation
    if (last?.config === config && last.situation.links === links && last.situation.names === names) return last.desired
    const model = buildModel(config, machine)
    const role = model.ha ? (holdsMastership(links) ? 'master' : 'backup') : 'single'
    const desired = desiredState(model, role, this.#deps.settings, this.#salt)
    this.#rendered = { config, situation, desired }
    return desired
  }

  #unused({ machine }: Situation): (model: Model) => ReadonlySet<string> {
    return (model) => {
      const used = new Set(model.networks.map((network) => network.device))
      return new Set([...machine.devices.values()].filter((device) => !used.has(device)))
    }
  }

  #machinery(): Machinery {
    const { kernel, services, files, settings, clock } = this.#deps
    if (!this.#applied) throw new Error('the agent was not started')
    return { kernel, services, files, settings, clock, applied: this.#applied }
  }

  async #apply(
    config: Configuration,
    fallback: Configuration,
    trust = false,
  ): Promise<{ changes: readonly string[]; model: Model }> {
    const { settings, logger, kernel } = this.#deps
    const machinery = this.#machinery()
    const live = await kernel.read(counts(Object.keys(config.labels).length, machinery.applied), trust)
    const situation = await this.#look(config, live.links)
    const desired = this.#desired(config, situation)
    // What the tools took some time over is looked at again.
    const look = { trust, live: (await this.#checker.check(desired)) ? live : null }
    const good = this.#good ?? this.#desired(fallback, situation)
    const before = JSON.stringify(machinery.applied)
    try {
      const { changes, announce } = await transact(desired, good, this.#unused(situation), machinery, logger, look)
      await this.#became(config, desired)
      if (announce.length > 0) void kernel.announce(announce)
      return { changes, model: desired.model }
    } finally {
      const after = JSON.stringify(machinery.applied)
      if (after !== before) await this.#note(settings.paths.applied, after)
    }
  }

  /** Keeps what only saves work at the next start: a full disk must not stop the rest. */
  async #note(path: string, text: string): Promise<void> {
    const { files, logger } = this.#deps
    await files.write(path, text, 0o600).catch((error: unknown) => {
      logger.error({ path, reason: messageOf(error) }, 'could not be written')
    })
  }

  /** A state was reached: it is the one to come back to. */
  async #became(config: Configuration, desired: Desired): Promise<void> {
    const { services, onMetadata, watchRole, logger } = this.#deps
    const previous = this.#role
    this.#config = config === NO_CONFIGURATION ? null : config
    this.#good = desired
    this.#role = desired.role
    onMetadata?.(desired.metadata)
    if (desired.model.ha && !this.#watcher) this.#watcher = watchRole?.(() => void this.reconcile()) ?? null
    if (!desired.model.ha) {
      this.#watcher?.stop()
      this.#watcher = null
    }
    if (desired.role === previous || desired.role === 'single') return
    logger.info({ role: desired.role }, 'role in the pair')
    if (!desired.model.ha?.peers.length) return
    await services.syncConnections(desired.role).catch((error: unknown) => {
      logger.warn({ reason: messageOf(error) }, 'connections could not be shared')
    })
  }
}
