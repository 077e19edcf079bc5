import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commandReference } from '../../scripts/command-reference.ts'

const folder = new URL('../../docs/reference/', import.meta.url)

describe('docs/reference', () => {
  it('says what the commands say (else: node scripts/generate-command-docs.ts)', async () => {
    const wanted = await commandReference()
    expect(readdirSync(folder).sort()).toEqual([...wanted.keys()].sort())
    for (const [name, text] of wanted) expect(readFileSync(new URL(name, folder), 'utf8')).toBe(text)
  })

  it('has every command with its flags and examples', async () => {
    const ctl = (await commandReference()).get('ctl.md') ?? ''
    for (const part of [
      '## astara ctl router rebuild',
      '`--image-uuid UUID`',
      'astara ctl ssh 5f3c -- sudo iptables -L -n',
    ]) {
      expect(ctl).toContain(part)
    }
    expect(ctl).not.toContain('<%=')
  })
})
