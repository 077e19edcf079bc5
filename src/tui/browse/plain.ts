import { createInterface } from 'node:readline'
import type { OrchestratorClient } from '../../client/index.ts'
import type { Resource } from '../../contract/index.ts'
import type { Clock } from '../../shared/index.ts'
import { type Line, textOf } from '../line.ts'
import { filled, shown } from '../text.ts'
import { type Theme, themeOf } from '../theme.ts'
import { perform, problemOf, reportText } from './actions.ts'
import { COMMANDS, type Command, parseCommand } from './commands.ts'
import { resourceList } from './definitions.ts'
import { detailLines } from './detail/index.ts'
import type { LiveData } from './live-data.ts'
import { findResource } from './lookup.ts'
import { deedTitle } from './screens/dialog.ts'
import type { PendingAction } from './state.ts'
import { tenantsOf } from './tenants.ts'

export interface PlainOptions {
  readonly data: LiveData
  readonly client: OrchestratorClient
  readonly clock: Clock
  readonly input: NodeJS.ReadableStream
  readonly print: (line: string) => void
  readonly filter: string
  readonly readOnly: boolean
  /** Aborting ends it. */
  readonly signal: AbortSignal
}

/** What of a resource a listener wants to hear about when it changes. */
const essence = ({ instance_state: state, debug, last_error: error, name, status }: Resource): string =>
  JSON.stringify([state, debug?.scope, error?.message, name, status])

/** One resource in one line, the words that matter first. */
function sentence({ id, name, instance_state: state, last_error: error, debug, instances }: Resource): string {
  const alive = instances.filter((one) => one.alive === true).length
  const parts = [
    `${shown(name) || 'without a name'} (${id.slice(0, 8)}): ${state}`,
    `${alive} of ${instances.length} instances alive`,
    ...(error === null ? [] : [`error: ${shown(error.message)}`]),
    ...(debug === null ? [] : [`debug mode of the ${debug.scope}`]),
  ]
  return parts.join(', ')
}

/**
 * The console without a screen, for screen readers and dumb terminals: one line for each change, and the same commands, typed with or
 * without the colon.
 */
export class PlainConsole {
  readonly #options: PlainOptions
  readonly #theme: Theme = themeOf('mono', { ascii: true })
  readonly #before = new Map<string, string>()
  #filter: string
  #connection = ''
  #begun = false
  #asked: PendingAction | null = null
  /** There is something to answer from, or it is known that there is nothing. */
  readonly #ready = Promise.withResolvers<void>()

  constructor(options: PlainOptions) {
    this.#options = options
    this.#filter = options.filter
  }

  /** Until `quit`, the end of the input, or the signal. */
  async run(): Promise<void> {
    const { data, input, signal } = this.#options
    const ended = Promise.withResolvers<void>()
    const reader = createInterface({ input })
    const unsubscribe = data.subscribe(() => this.#tellChanges())
    const end = (): void => {
      this.#ready.resolve()
      ended.resolve()
    }
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    let last: Promise<void> = Promise.resolve()
    // One after the other: an answer belongs to the question before it.
    reader.on('line', (line) => {
      last = last
        .then(() => this.#typed(line.trim(), end))
        .catch((error: unknown) => this.#say(`Error: ${shown(problemOf(error))}`))
    })
    reader.on('close', () => void last.finally(end))
    data.start()
    this.#say(`astara, plain. Type help for the commands, quit to leave.`)
    this.#tellChanges()
    await ended.promise
    unsubscribe()
    reader.close()
    await data.stop()
  }

  #say(line: string): void {
    this.#options.print(line)
  }

  #accepts(): (resource: Resource) => boolean {
    const parsed = resourceList.parseFilter(this.#filter, this.#options.clock.now())
    return 'accepts' in parsed ? parsed.accepts : () => true
  }

  #tellChanges(): void {
    const { data } = this.#options
    const { state, problem } = data.connection
    const connection =
      state === 'lost' ? `connection lost, reconnecting${problem === null ? '' : `: ${shown(problem)}`}` : state
    if (connection !== this.#connection) {
      this.#connection = connection
      this.#say(connection === 'live' ? 'connected' : connection)
    }
    if (state === 'lost') this.#ready.resolve()
    if (state !== 'live') return
    const accepts = this.#accepts()
    const first = !this.#begun
    this.#begun = true
    for (const resource of data.resources.values()) {
      const now = essence(resource)
      if (this.#before.get(resource.id) === now) continue
      this.#before.set(resource.id, now)
      if (!first && accepts(resource)) this.#say(sentence(resource))
    }
    for (const id of this.#before.keys()) {
      if (data.resources.has(id)) continue
      this.#before.delete(id)
      this.#say(`${id} is gone`)
    }
    if (first) this.#list()
    this.#ready.resolve()
  }

  #list(): void {
    const { data } = this.#options
    const accepts = this.#accepts()
    const rows = [...data.resources.values()]
      .filter(accepts)
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1))
    for (const resource of rows) this.#say(sentence(resource))
    this.#say(`${rows.length} of ${data.resources.size} resources`)
  }

  async #typed(line: string, end: () => void): Promise<void> {
    if (this.#asked !== null) {
      const pending = this.#asked
      this.#asked = null
      if (line === 'yes' || line === 'y') await this.#act(pending)
      else this.#say('Nothing was done')
      return
    }
    if (line === '') return
    const parsed = parseCommand(line.replace(/^:/, ''))
    if ('problem' in parsed) {
      this.#say(`Error: ${shown(parsed.problem)}`)
      return
    }
    // What is piped in comes before the first list.
    if (parsed.command.name !== 'quit' && parsed.command.name !== 'help') await this.#ready.promise
    await this.#do(parsed.command, end)
  }

  async #act(pending: PendingAction): Promise<void> {
    const { client, data, signal } = this.#options
    const report = await perform(pending, { client, resources: () => data.resources, signal })
    this.#say(reportText(pending, report, (id) => shown(data.resources.get(id)?.name ?? '')))
  }

  #ask(pending: PendingAction): void {
    this.#asked = pending
    this.#say(`${deedTitle(pending, (id) => this.#options.data.resources.get(id)?.name ?? '')}? Type yes to do it.`)
  }

  #lines(lines: readonly Line[]): void {
    for (const line of lines) this.#say(textOf(line))
  }

  async #do(command: Command, end: () => void): Promise<void> {
    const { data, client, clock, readOnly } = this.#options
    switch (command.name) {
      case 'quit':
        end()
        return
      case 'help':
        for (const { usage, help } of COMMANDS) this.#say(`${filled(usage, 50)} ${help}`)
        return
      case 'filter':
        this.#filter = command.text
        this.#list()
        return
      case 'view':
        if (command.view === 'tenants') {
          for (const { id, resources, trouble } of tenantsOf(data.resources.values(), data.debug))
            this.#say(`${id}: ${resources} resources, ${trouble} in trouble`)
        } else if (command.view === 'workers') {
          const answer = await client.workers()
          for (const w of answer?.workers ?? [])
            this.#say(`${shown(w.name)}: ${w.resources} resources, ${w.queued} queued, ${w.running.length} running`)
        } else {
          this.#filter = command.filter ?? this.#filter
          this.#list()
        }
        return
      case 'show': {
        const found = findResource(command.resource, data.resources)
        const resource = 'id' in found ? data.resources.get(found.id) : undefined
        if (resource === undefined) this.#say(`Error: ${shown('problem' in found ? found.problem : 'gone')}`)
        else this.#lines(detailLines('summary', resource, null, { theme: this.#theme, width: 200, now: clock.now() }))
        return
      }
      case 'act': {
        const found =
          command.resource === null
            ? { problem: `${command.action} which one?` }
            : findResource(command.resource, data.resources)
        if (readOnly) this.#say('Error: this console is read-only')
        else if ('problem' in found) this.#say(`Error: ${shown(found.problem)}`)
        else
          this.#ask({ action: command.action, target: { kind: 'resource', ids: [found.id] }, reason: command.reason })
        return
      }
      case 'tenant':
        if (command.action === 'show') {
          this.#filter = `tenant:${command.tenant}`
          this.#list()
        } else if (readOnly) this.#say('Error: this console is read-only')
        else
          this.#ask({
            action: command.action,
            target: { kind: 'tenant', ids: [command.tenant] },
            reason: command.reason,
          })
        return
      case 'global':
        if (command.action === 'status')
          this.#say(data.debug?.global == null ? 'The cluster is managed' : 'Global debug mode')
        else if (readOnly) this.#say('Error: this console is read-only')
        else this.#ask({ action: command.action, target: { kind: 'global', ids: [] }, reason: command.reason })
        return
      case 'poll':
        await client.poll()
        this.#say('Checking the health of everything')
        return
      case 'reload':
        data.reload()
        return
      default:
        this.#say(`Error: ${command.name} needs the full screen`)
    }
  }
}
