import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SseParser } from '../../../src/client/stream/sse-parser.ts'

describe('SseParser', () => {
  it('reads events, several lines of data, comments and bare ids', () => {
    const parser = new SseParser()
    expect(parser.push('\uFEFF: hello\nid: 1\n\nevent: resource\ndata: {"a":\ndata: 1}\nid: 2\n\ndata:x\n\n')).toEqual([
      { id: '2', event: 'resource', data: '{"a":\n1}' },
      { id: '2', event: 'message', data: 'x' },
    ])
    expect(parser.push(': alive\nid: 7\n\n')).toEqual([])
    expect(parser.lastId).toBe('7')
  })

  it('is the same wherever the pieces are cut, whatever ends the lines (property)', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '🦉', ' ', ':', '{', '"') })
    const message = fc.record({
      id: fc.nat(99),
      event: fc.constantFrom('resource', 'removed'),
      data: fc.array(text, { minLength: 1, maxLength: 3 }),
    })
    fc.assert(
      fc.property(
        fc.array(fc.oneof(message, fc.constant(': heartbeat'))),
        fc.constantFrom('\n', '\r', '\r\n'),
        fc.array(fc.nat(200)),
        (messages, eol, cuts) => {
          const wire = messages
            .map((one) =>
              typeof one === 'string'
                ? `${one}${eol}${eol}`
                : [`id: ${one.id}`, `event: ${one.event}`, ...one.data.map((line) => `data: ${line}`), '', ''].join(
                    eol,
                  ),
            )
            .join('')
          const pieces: string[] = []
          let rest = wire
          for (const cut of cuts) {
            pieces.push(rest.slice(0, cut))
            rest = rest.slice(cut)
          }
          pieces.push(rest)
          const parser = new SseParser()
          const read = pieces.flatMap((piece) => parser.push(piece))
          // A carriage return at the very end may have a line feed after it: the event is whole all the same.
          const expected = messages.flatMap((one) =>
            typeof one === 'string' ? [] : [{ id: String(one.id), event: one.event, data: one.data.join('\n') }],
          )
          expect(read).toEqual(expected)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('gives up an event without end', () => {
    const parser = new SseParser()
    expect(() => {
      for (let i = 0; i < 40; i++) parser.push(`data: ${'x'.repeat(1024 * 1024)}\n`)
    }).toThrow(/without end/)
  })
})
