import type { Key } from 'ink'
import { describe, expect, it } from 'vitest'
import { keyPresses } from '../../src/tui/keys.ts'

const NO_KEY: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
}
const names = (input: string, key: Partial<Key> = {}): string[] =>
  keyPresses(input, { ...NO_KEY, ...key }).map((one) => one.key)

describe('keys', () => {
  it('are themselves when they print something', () => expect(names('G', { shift: true })).toEqual(['G']))

  it('have names otherwise', () => {
    expect(names('', { downArrow: true })).toEqual(['down'])
    expect(names('', { escape: true })).toEqual(['esc'])
    expect(names('', { tab: true })).toEqual(['tab'])
    expect(names('', { tab: true, shift: true })).toEqual(['shift+tab'])
    expect(names('r', { ctrl: true })).toEqual(['ctrl+r'])
    expect(names(' ')).toEqual(['space'])
  })

  it('that arrive in one lump are each pressed', () => {
    expect(names('jjk')).toEqual(['j', 'j', 'k'])
    expect(names('state:error\r')).toEqual([...'state:error', 'enter'])
    expect(names('a\u007f\u0003')).toEqual(['a', 'backspace', 'ctrl+c'])
  })

  it('after Esc are themselves, not Alt', () => {
    expect(names('1', { meta: true })).toEqual(['esc', '1'])
    expect(names('', { meta: true, return: true })).toEqual(['esc', 'enter'])
    expect(names('', { meta: true, upArrow: true })).toEqual(['up'])
    expect(names('', { meta: true, escape: true })).toEqual(['esc'])
  })

  it('are not pressed again when they are let go', () => expect(names('j', { eventType: 'release' })).toEqual([]))

  it('type what they print and nothing else', () => {
    expect(keyPresses('é', NO_KEY)).toEqual([{ key: 'é', text: 'é' }])
    expect(keyPresses(' ', NO_KEY)).toEqual([{ key: 'space', text: ' ' }])
    expect(keyPresses('', { ...NO_KEY, upArrow: true })).toEqual([{ key: 'up', text: '' }])
  })
})
