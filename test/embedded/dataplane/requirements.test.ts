import { describe, expect, it } from 'vitest'
import { missingFor, requireDataplane } from '../../../src/embedded/dataplane/requirements.ts'

const linux = { platform: 'linux', uid: 0, has: () => true }

describe('what real packets need', () => {
  it('root on Linux with every program lacks nothing', () => expect(missingFor(linux).problems).toEqual([]))

  it('names every program that is missing, and what to type', async () => {
    const surroundings = { ...linux, uid: 1000, has: (name: string) => name !== 'bird' && name !== 'dnsmasq' }
    await expect(requireDataplane(surroundings)).rejects.toMatchObject({
      code: 'unavailable',
      message:
        '--dataplane netns is not possible here: only root may make network namespaces; ' +
        'the program dnsmasq is not installed (package dnsmasq-base); the program bird is not installed (package bird2)',
      suggestions: [
        'sudo apt-get install bird2 dnsmasq-base',
        'Run it as root, for example with sudo.',
        'Without real packets: --dataplane simulated needs no privileges.',
      ],
    })
  })

  it('elsewhere than on Linux there is nothing to install', async () => {
    await expect(requireDataplane({ ...linux, platform: 'darwin', has: () => false })).rejects.toMatchObject({
      suggestions: ['Without real packets: --dataplane simulated needs no privileges.'],
    })
  })
})
