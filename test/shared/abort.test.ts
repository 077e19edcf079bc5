import { expect, test } from 'vitest'
import { onAbort } from '../../src/shared/index.ts'

test('everyone who waits is called once, in order, whoever was called off is not', () => {
  const controller = new AbortController()
  const called: string[] = []
  onAbort(controller.signal, () => called.push('a'))
  const callOff = onAbort(controller.signal, () => called.push('b'))
  onAbort(controller.signal, () => called.push('c'))
  callOff()
  callOff()
  controller.abort()
  controller.abort()
  expect(called).toEqual(['a', 'c'])
})

test('the same function may wait twice', () => {
  const controller = new AbortController()
  let calls = 0
  const count = (): void => {
    calls += 1
  }
  const callOff = onAbort(controller.signal, count)
  onAbort(controller.signal, count)
  callOff()
  controller.abort()
  expect(calls).toBe(1)
})

test('a signal that nobody waits for any more keeps no listener', () => {
  const added: string[] = []
  const { signal } = new AbortController()
  const { addEventListener, removeEventListener } = signal
  Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof addEventListener>) => {
      added.push('add')
      addEventListener.apply(signal, args)
    },
    removeEventListener: (...args: Parameters<typeof removeEventListener>) => {
      added.push('remove')
      removeEventListener.apply(signal, args)
    },
  })
  const first = onAbort(signal, () => {})
  const second = onAbort(signal, () => {})
  first()
  second()
  onAbort(signal, () => {})()
  expect(added).toEqual(['add', 'remove', 'add', 'remove'])
})
