import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Attempts } from '../../src/messaging/engine/attempts.ts'
import { excerptOf } from '../../src/messaging/engine/excerpt.ts'
import { Inbox, MAX_ATTEMPTS } from '../../src/messaging/engine/inbox.ts'
import { SeenIds } from '../../src/messaging/engine/seen-ids.ts'
import { type ParkedMessage, PoisonMessageError } from '../../src/messaging/index.ts'
import { silentLogger, systemClock } from '../../src/shared/index.ts'

const delivery = (text: string, redelivered = false) => ({ tag: 1, queue: 'q', redelivered, body: Buffer.from(text) })

function inbox(take: (text: string) => Promise<void> | void, park: () => Promise<void> = async () => undefined) {
  const parked: ParkedMessage[] = []
  const box = new Inbox({
    name: 'test',
    read: (body) => {
      const [uniqueId, text] = body.toString().split('|')
      if (text === undefined) throw new PoisonMessageError('not_json', 'no')
      return { uniqueId: uniqueId === '' ? null : (uniqueId ?? null), text }
    },
    take: (message) => take(message.text),
    park,
    onParked: (p) => parked.push(p),
    clock: systemClock,
    random: () => 0.5,
    log: silentLogger,
  })
  return { box, parked }
}

describe('the fate of a message', () => {
  test('the pause grows with each failure up to a minute, and the last try parks', async () => {
    const { box, parked } = inbox(() => {
      throw new Error('no')
    })
    const pauses: number[] = []
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      const verdict = await box.handle(delivery('id|x', attempt > 1))
      if (verdict.kind === 'again') pauses.push(verdict.afterMs)
    }
    expect(pauses.slice(0, 8)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000])
    expect(pauses).toHaveLength(MAX_ATTEMPTS - 1)
    expect(Math.max(...pauses)).toBe(60_000)
    expect(await box.handle(delivery('id|x', true))).toEqual({ kind: 'taken' })
    expect(parked).toMatchObject([{ reason: 'not_taken', queue: 'q' }])
  })

  test('a success forgets the failures, with or without an id', async () => {
    let failing = true
    const { box } = inbox(async () => {
      if (failing) throw new Error('no')
    })
    for (const id of ['id', '']) {
      failing = true
      expect(await box.handle(delivery(`${id}|x`))).toEqual({ kind: 'again', afterMs: 500 })
      expect(await box.handle(delivery(`${id}|x`, true))).toEqual({ kind: 'again', afterMs: 1000 })
      failing = false
      expect(await box.handle(delivery(`${id}|x`, true))).toEqual({ kind: 'taken' })
    }
    failing = true
    expect(await box.handle(delivery('|x'))).toEqual({ kind: 'again', afterMs: 500 })
  })

  test('a repetition of what is under way shares its fate', async () => {
    let calls = 0
    let fail: (error: Error) => void = () => undefined
    const { box } = inbox(() => {
      calls++
      return new Promise((_resolve, reject) => {
        fail = reject
      })
    })
    const both = [box.handle(delivery('id|x')), box.handle(delivery('id|x', true))]
    fail(new Error('no'))
    expect(await Promise.all(both)).toEqual([
      { kind: 'again', afterMs: 500 },
      { kind: 'again', afterMs: 500 },
    ])
    expect(calls).toBe(1)
  })

  test('a message that could not even be kept is still reported once and does not come again', async () => {
    const { box, parked } = inbox(
      () => undefined,
      async () => {
        throw new Error('broker says no')
      },
    )
    expect(await box.handle(delivery('rubbish'))).toEqual({ kind: 'taken' })
    expect(parked).toMatchObject([{ reason: 'not_json', excerpt: 'rubbish' }])
  })

  test('messages without an id are never taken for repetitions', async () => {
    let calls = 0
    const { box } = inbox(() => void calls++)
    await box.handle(delivery('|same'))
    await box.handle(delivery('|same'))
    expect(calls).toBe(2)
  })
})

describe('memory of ids', () => {
  test('the last ones are always known, old ones are forgotten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 300 }), (generation, count) => {
        const seen = new SeenIds(generation)
        for (let i = 0; i < count; i++) seen.add(`id${i}`)
        for (let i = Math.max(0, count - generation); i < count; i++) expect(seen.has(`id${i}`)).toBe(true)
        if (count > 2 * generation) expect(seen.has('id0')).toBe(false)
      }),
    )
  })

  test('failures are counted per message, in bounded memory', () => {
    const attempts = new Attempts()
    expect([attempts.failed('a'), attempts.failed('b'), attempts.failed('a')]).toEqual([1, 1, 2])
    attempts.forget('a')
    expect(attempts.failed('a')).toBe(1)
    for (let i = 0; i < 25_000; i++) attempts.failed(`x${i}`)
    expect(attempts.failed('b')).toBe(1)
  })
})

describe('the excerpt of a parked message', () => {
  test('pitfall D59: tokens and passwords are masked, in an envelope too, even when cut', () => {
    const inner = JSON.stringify({
      _context_auth_token: 's3cret-1',
      password: 's3cret-2',
      a: { psk: 's3cret-3' },
      name: 'n',
    })
    const enveloped = JSON.stringify({ 'oslo.message': inner })
    for (const text of [inner, enveloped, '{"auth_token": "s3cret-4']) {
      const excerpt = excerptOf(Buffer.from(text))
      expect(excerpt).not.toContain('s3cret')
      expect(excerpt).toContain('***')
    }
    expect(excerptOf(Buffer.from(inner))).toContain('"name":"n"')
  })

  test('it has at most 4 KiB', () => {
    expect(excerptOf(Buffer.alloc(100_000, 'x'))).toHaveLength(4096)
  })
})
