import { describe, expect, it } from 'vitest'
import { configureManagement, sshdText } from '../../../src/appliance/boot/configure-management.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { FakeMachine, MemoryFiles } from '../support/fake-machine.ts'

const SSHD =
  '# mine\nPort 22\nListenAddress 0.0.0.0\nUseDNS yes\nAddressFamily any\n\nMatch User x\n  PasswordAuthentication no\n'

function machine() {
  const files = new MemoryFiles()
  files.texts.set('/etc/ssh/sshd_config', SSHD)
  return { files, kernel: new FakeMachine(files, ['ens3', 'ens4']), logger: silentLogger }
}
const settings = (mac: string) => ({
  mac,
  address: 'fdca:3ba5:a17a:acda::7/64',
  mtu: 1280,
  sshdConfig: '/etc/ssh/sshd_config',
  environmentFile: '/etc/default/astara-appliance',
})

describe('configure-management', () => {
  it('appliance defect 25: finds the NIC by its MAC wherever it is', async () => {
    const { kernel, files, logger } = machine()
    await configureManagement(settings('FA:16:3E:AA:00:01'), { kernel, files, logger })
    expect(kernel.links.get('ens3')?.addresses).toEqual([])
    expect(kernel.links.get('ens4')).toMatchObject({ up: true, mtu: 1280, addresses: ['fdca:3ba5:a17a:acda::7/64'] })
    expect(kernel.sysctls.get('net/ipv6/conf/ens4/accept_dad')).toBe('0')
    expect(files.texts.get('/etc/default/astara-appliance')).toBe('ASTARA_APPLIANCE_LISTEN=fdca:3ba5:a17a:acda::7\n')
  })

  it('appliance defect 25: fails when no NIC has the MAC, and changes nothing', async () => {
    const { kernel, files, logger } = machine()
    await expect(configureManagement(settings('fa:16:3e:aa:00:99'), { kernel, files, logger })).rejects.toThrow(
      /no interface has/,
    )
    expect(kernel.journal).toEqual([])
    expect(files.texts.get('/etc/ssh/sshd_config')).toBe(SSHD)
  })

  it('done again it adds nothing', async () => {
    const { kernel, files, logger } = machine()
    await configureManagement(settings('fa:16:3e:aa:00:00'), { kernel, files, logger })
    const sshd = files.texts.get('/etc/ssh/sshd_config')
    await configureManagement(settings('fa:16:3e:aa:00:00'), { kernel, files, logger })
    expect(kernel.links.get('ens3')?.addresses).toHaveLength(1)
    expect(files.texts.get('/etc/ssh/sshd_config')).toBe(sshd)
  })

  it('binds sshd before any Match block', () => {
    const text = sshdText(SSHD, 'fdca::7', 6)
    expect(text.match(/ListenAddress/g)).toHaveLength(1)
    expect(text.indexOf('ListenAddress fdca::7')).toBeLessThan(text.indexOf('Match User'))
    expect(text).toContain('AddressFamily inet6')
    expect(text).toContain('# mine')
    expect(sshdText(text, 'fdca::7', 6)).toBe(text)
  })

  it('refuses what is no address', async () => {
    const { kernel, files, logger } = machine()
    await expect(
      configureManagement({ ...settings('fa:16:3e:aa:00:00'), address: 'x' }, { kernel, files, logger }),
    ).rejects.toThrow(/not an address/)
  })
})
