import { ApplianceErrorAnswer } from '../../../contract/index.ts'
import { AstaraError } from '../../../shared/index.ts'

/** A call to an appliance failed. `status` is null when it did not answer (in time, or in sense). */
export class ApplianceError extends AstaraError {
  readonly status: number | null
  /** What the appliance said, or what broke; bounded. */
  readonly reason: string
  /** The appliance did not answer within the time-out. */
  readonly timedOut: boolean
  /** The failure is this machine's own and says nothing about the appliance. */
  readonly blind: boolean

  constructor(
    what: string,
    failure: {
      readonly status: number | null
      readonly reason: string
      readonly timedOut?: boolean
      readonly blind?: boolean
      readonly cause?: unknown
    },
  ) {
    super(
      failure.timedOut ? 'timeout' : failure.status === null ? 'unreachable' : 'failed',
      `Appliance, ${what}: ${failure.status === null ? '' : `${failure.status} `}${failure.reason}`,
      failure.cause === undefined ? {} : { cause: failure.cause },
    )
    this.name = 'ApplianceError'
    this.status = failure.status
    this.reason = failure.reason
    this.timedOut = failure.timedOut ?? false
    this.blind = failure.blind ?? false
  }

  /** The appliance understood and refused: the same again would be refused again. 408 and 429 ask to come back instead. */
  get rejected(): boolean {
    const { status } = this
    return status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429
  }
}

const MAX_REASON = 500

/** The reason inside an error answer: the appliance's own JSON, or the text that original images send. */
export function reasonOf(body: string): string {
  const parsed = ApplianceErrorAnswer.safeParse(parseJson(body))
  if (!parsed.success) {
    const text = body.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
    return text.trim().slice(0, MAX_REASON) || 'no reason given'
  }
  const { error, details = [] } = parsed.data
  return [error, ...details.map(({ path, message }) => `${path}: ${message}`)].join('; ').slice(0, MAX_REASON)
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
