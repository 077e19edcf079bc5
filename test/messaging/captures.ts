import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../fixtures/captures')

/** One AMQP message of a real OpenStack. */
export interface Captured {
  readonly file: string
  readonly exchange: string
  readonly routingKey: string
  readonly body: Buffer
  readonly properties: Readonly<Record<string, unknown>>
  /** The message inside the envelope. */
  readonly message: Readonly<Record<string, unknown>>
}

const jsonFiles = (folder: string): string[] =>
  readdirSync(join(ROOT, folder)).filter((name) => /^(\d\d|boot)-.*\.json$/.test(name))

const load = (folder: string, file: string) => JSON.parse(readFileSync(join(ROOT, folder, file), 'utf8'))

/** Every notification captured. */
export function capturedNotifications(): Captured[] {
  return jsonFiles('notifications').flatMap((file) => {
    const { messages = [] } = load('notifications', file)
    return messages.map(
      (m: {
        delivery_info: { exchange: string; routing_key: string }
        properties: Record<string, unknown>
        body_raw: string
        'oslo.message': Record<string, unknown>
      }): Captured => ({
        file,
        exchange: m.delivery_info.exchange,
        routingKey: m.delivery_info.routing_key,
        body: Buffer.from(m.body_raw),
        properties: m.properties,
        message: m['oslo.message'],
      }),
    )
  })
}

/** Every RPC message captured: requests, casts, fanouts and replies. */
export function capturedRpc(): Captured[] {
  return jsonFiles('rpc').flatMap((file) => {
    const published = load('rpc', file)['published (firehose)'] ?? []
    return published.map(
      (m: {
        exchange: string
        routing_keys: string[]
        properties: Record<string, unknown>
        body_raw: string
        'oslo.message': Record<string, unknown>
      }): Captured => ({
        file,
        exchange: m.exchange,
        routingKey: m.routing_keys[0] ?? '',
        body: Buffer.from(m.body_raw),
        properties: m.properties,
        message: m['oslo.message'],
      }),
    )
  })
}
