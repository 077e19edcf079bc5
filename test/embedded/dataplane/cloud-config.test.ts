import { describe, expect, it } from 'vitest'
import { bootCommands } from '../../../src/embedded/dataplane/cloud-config.ts'

const encode = (text: string): string => Buffer.from(text).toString('base64')

describe('boot commands of user data', () => {
  it('are those of the orchestrator', () => {
    const text =
      '#cloud-config\nbootcmd:\n  - /usr/local/bin/astara-configure-management fa:16:3e:00:00:01 fdca::2/64\nusers: []\n'
    expect(bootCommands(encode(text))).toEqual([
      ['/usr/local/bin/astara-configure-management', 'fa:16:3e:00:00:01', 'fdca::2/64'],
    ])
  })
  it('may be lists of words', () =>
    expect(bootCommands(encode('#cloud-config\nbootcmd: [[a, b c], d  e]\n'))).toEqual([
      ['a', 'b c'],
      ['d', 'e'],
    ]))
  it('are none where there is no cloud-config', () => {
    expect(bootCommands(null)).toEqual([])
    expect(bootCommands(encode('#!/bin/sh\nreboot\n'))).toEqual([])
    expect(bootCommands(encode('#cloud-config\n'))).toEqual([])
  })
  it('are refused when they are something else', () => {
    expect(() => bootCommands(encode('#cloud-config\nbootcmd: 5\n'))).toThrow()
    expect(() => bootCommands(encode('#cloud-config\nbootcmd: ['))).toThrow()
  })
})
