import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { render } from 'ink-testing-library'
import { describe, expect, it } from 'vitest'
import { BrowseApp } from '../../../src/tui/browse/app.tsx'
import { Screen } from '../../../src/tui/components/screen.tsx'
import { showFullScreen } from '../../../src/tui/terminal.ts'
import { until } from '../../support/program.ts'
import { consoleOf } from '../support/console.ts'
import { resourceOf } from '../support/resources.ts'

/** Frames that a test shows one after the other. */
function film(lines: readonly string[]) {
  const listeners = new Set<() => void>()
  let frame = { lines }
  return {
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    getFrame: () => frame,
    show(next: readonly string[]) {
      frame = { lines: next }
      for (const listener of listeners) listener()
    },
  }
}

describe('on Ink', () => {
  it('a screen is its lines, empty ones too', () => {
    const { lastFrame } = render(<Screen frames={film(['a', '', 'c'])} />)
    expect(lastFrame()).toBe('a\n\nc')
  })

  it('the console shows its frames and hears keys', async () => {
    const console = consoleOf()
    console.data.put(resourceOf(1), resourceOf(2))
    await console.settle()
    const { lastFrame, stdin } = render(<BrowseApp model={console.model} onSuspender={() => undefined} />)
    await until(
      () => lastFrame() ?? '',
      (frame) => frame.includes('> ● configured  router-1'.slice(0, 10)),
      5_000,
    )
    stdin.write('j')
    await until(
      () => console.selectedLine(),
      (line) => line.includes('router-2'),
      5_000,
    )
    await until(
      () => lastFrame() ?? '',
      (frame) => /> ● configured\s+router-2/.test(frame),
      5_000,
    )
    // A paste is text; nothing is being typed, so it is nothing.
    stdin.write('\u001b[200~q\u001b[201~')
    stdin.write('q')
    await until(
      () => console.exits,
      (exits) => exits.length > 0,
      5_000,
    )
    expect(console.exits).toEqual([0])
  })
})

/** A terminal that only writes down what it gets. */
function fakeTerminal() {
  const written: string[] = []
  const stdout = Object.assign(new EventEmitter(), {
    isTTY: true,
    columns: 80,
    rows: 24,
    writable: true,
    write(text: string, done?: () => void): boolean {
      written.push(text)
      done?.()
      return true
    },
  })
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    raw: false,
    setRawMode(on: boolean) {
      stdin.raw = on
      return stdin
    },
    ref: () => stdin,
    unref: () => stdin,
  })
  return {
    stdin,
    streams: { stdin: stdin as unknown as NodeJS.ReadStream, stdout: stdout as unknown as NodeJS.WriteStream },
    output: () => written.join(''),
  }
}

const ALTERNATE = '\u001b[?1049h'
const NORMAL = '\u001b[?1049l'

describe('the full screen', () => {
  it('shows frames as they come, those that come together as one, and only what changed', async () => {
    const terminal = fakeTerminal()
    const controller = new AbortController()
    const frames = film(['hello', 'world'])
    const shown = showFullScreen({
      element: <Screen frames={frames} />,
      streams: terminal.streams,
      signal: controller.signal,
      stop: () => Promise.resolve(),
    })
    await until(
      () => terminal.output(),
      (text) => text.includes('world'),
      5_000,
    )
    const before = terminal.output().length
    frames.show(['one', 'world'])
    frames.show(['two', 'world'])
    frames.show(['three', 'world'])
    await until(
      () => terminal.output().slice(before),
      (text) => text.includes('three'),
      5_000,
    )
    const sent = terminal.output().slice(before)
    expect(sent).not.toMatch(/one|two|world/)
    expect(sent.length).toBeLessThan(60)
    controller.abort()
    await shown
    const after = terminal.output().length
    frames.show(['four', 'world'])
    await Promise.resolve()
    expect(terminal.output().length).toBe(after)
  })

  it('is left as it was found, whoever ends it', async () => {
    for (const how of ['abort', 'leave', 'SIGTERM'] as const) {
      const terminal = fakeTerminal()
      const controller = new AbortController()
      let stopped = 0
      let leave: () => void = () => undefined
      const shown = showFullScreen({
        element: <Screen frames={film(['hello'])} />,
        streams: terminal.streams,
        signal: controller.signal,
        stop: async () => void stopped++,
        onReady: (unmount) => {
          leave = unmount
        },
      })
      await until(
        () => terminal.output(),
        (text) => text.includes('hello'),
        5_000,
      )
      expect(terminal.output()).toContain(ALTERNATE)
      if (how === 'abort') controller.abort()
      else if (how === 'leave') leave()
      else process.emit('SIGTERM', 'SIGTERM')
      expect(await shown, how).toBe(how === 'SIGTERM' ? 143 : null)
      expect(terminal.output().lastIndexOf(NORMAL)).toBeGreaterThan(terminal.output().lastIndexOf(ALTERNATE))
      expect(terminal.stdin.raw).toBe(false)
      expect(stopped).toBe(1)
    }
  })
})
