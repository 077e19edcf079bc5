import { messageOf } from '../../shared/index.ts'
import { ConfigurationRefused, type Problem } from '../body/index.ts'
import { renderAccounting } from '../render/accounting.ts'
import type { Kernel } from '../system/live.ts'
import type { Services } from '../system/services.ts'
import { digestOf } from './applied.ts'
import type { Desired } from './desired.ts'
import { ApplyFailed } from './transaction.ts'

const REMEMBERED = 256

const keyOf = (name: string, text: string): string => `${name} ${digestOf(text)}`

/**
 * Asks each tool whether it would take what we rendered, before anything is touched. A text that passed once passes again:
 * remembered by digest, so that a repeated push costs nothing.
 */
export class Checker {
  readonly #kernel: Kernel
  readonly #services: Services
  readonly #good = new Set<string>()

  constructor(kernel: Kernel, services: Services) {
    this.#kernel = kernel
    this.#services = services
  }

  /** True when nobody had to be asked. @throws ConfigurationRefused (422) with what each tool said; ApplyFailed when one could not be asked. */
  async check(desired: Desired): Promise<boolean> {
    const accounting = desired.model.labels.length > 0 ? renderAccounting(desired.model, new Set()) : null
    const questions: [string, string, () => Promise<string | null>][] = [
      ['firewall.v4', desired.firewall[4], () => this.#kernel.testFirewall(4, desired.firewall[4])],
      ['firewall.v6', desired.firewall[6], () => this.#kernel.testFirewall(6, desired.firewall[6])],
      ...(accounting === null
        ? []
        : [
            ['labels', accounting, () => this.#kernel.testAccounting(accounting)] satisfies [
              string,
              string,
              () => Promise<string | null>,
            ],
          ]),
      ...[...desired.checks].map(([name, text]): [string, string, () => Promise<string | null>] => [
        name,
        text,
        () => this.#services.check(name, text),
      ]),
    ]
    const open = questions.filter(([name, text]) => !this.#good.has(keyOf(name, text)))
    const answers = await Promise.all(open.map((question) => this.#ask(...question)))
    const problems = answers.filter((answer) => answer !== null)
    if (problems.length > 0) throw new ConfigurationRefused(problems)
    return open.length === 0
  }

  async #ask(name: string, text: string, ask: () => Promise<string | null>): Promise<Problem | null> {
    const complaint = await ask().catch((error: unknown) => {
      throw new ApplyFailed(name, `cannot be checked: ${messageOf(error)}`, true)
    })
    if (complaint !== null) return { path: '', message: `${name} refuses what this configuration means: ${complaint}` }
    if (this.#good.size >= REMEMBERED) this.#good.clear()
    this.#good.add(keyOf(name, text))
    return null
  }
}
