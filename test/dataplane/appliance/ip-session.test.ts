import { describe, expect, it } from 'vitest'
import { IpSession } from '../../../src/appliance/system/ip-session.ts'
import { announceSkip, prepareTools } from './support/tools.ts'

const reason = prepareTools()
if (reason !== null) announceSkip(reason)

describe.skipIf(reason !== null)('an ip that stays', () => {
  const names = (line: string | undefined): string[] =>
    (JSON.parse(line ?? '[]') as { ifname?: string }[]).flatMap(({ ifname }) => ifname ?? [])

  it('answers each question with a line, in their order', async () => {
    const session = new IpSession(['-j'])
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        session.ask(n % 2 === 0 ? ['link show dev lo'] : ['link show', 'link show dev lo']),
      ),
    )
    answers.forEach((lines, n) => {
      expect(lines).toHaveLength(n % 2 === 0 ? 1 : 2)
      expect(names(lines.at(-1))).toEqual(['lo'])
    })
    session.renew()
  })

  it('renewed, it answers what it was asked, and the next question goes to another', async () => {
    const session = new IpSession(['-j'])
    const before = session.ask(['link show dev lo'])
    session.renew()
    const after = session.ask(['link show dev lo'])
    expect(names((await before)[0])).toEqual(['lo'])
    expect(names((await after)[0])).toEqual(['lo'])
    session.renew()
  })

  it('a question that it refuses fails, and those after it are answered', async () => {
    const session = new IpSession(['-j'])
    await expect(session.ask(['link show dev nosuch0'])).rejects.toThrow('ip: ended')
    expect(names((await session.ask(['link show dev lo']))[0])).toEqual(['lo'])
    session.renew()
  })
})
