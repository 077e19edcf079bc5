import { describe, expect, it } from 'vitest'
import { OutsideProbe } from '../../src/appliance/probe.ts'
import { instantClock } from './support/fake-machine.ts'

describe('the outside probe', () => {
  it('appliance defect 30: answers at once, looks in the background, and not more often than needed', async () => {
    const clock = instantClock()
    const asked: string[] = []
    const waiting: ((value: boolean) => void)[] = []
    const probe = new OutsideProbe({ v4: 'four', v6: 'six' }, clock, (target) => {
      asked.push(target)
      return new Promise((resolve) => waiting.push(resolve))
    })
    expect(probe.status()).toEqual({ v4: false, v6: false })
    expect(probe.status()).toEqual({ v4: false, v6: false })
    expect(asked).toEqual(['four', 'six'])
    waiting[0]?.(true)
    waiting[1]?.(false)
    await new Promise((resolve) => setImmediate(resolve))
    expect(probe.status()).toEqual({ v4: true, v6: false })
    expect(asked).toHaveLength(2)
    await clock.sleep(60_000)
    probe.status()
    expect(asked).toHaveLength(4)
  })

  it('a ping that fails is no crash', async () => {
    const probe = new OutsideProbe({ v4: 'four', v6: 'six' }, instantClock(), () => Promise.reject(new Error('x')))
    await probe.refresh()
    expect(probe.status()).toEqual({ v4: false, v6: false })
  })
})
