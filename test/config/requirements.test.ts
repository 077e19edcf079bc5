import { describe, expect, it } from 'vitest'
import { assertRunnable, loadConfig } from '../../src/config/index.ts'

const ENOUGH = {
  OS_DEFAULT__TRANSPORT_URL: 'rabbit://u:p@h/',
  OS_DEFAULT__MANAGEMENT_NETWORK_ID: '1d1a7b2a-0d1f-4f4e-9d3b-1e3b3c3d3e3f',
  OS_DEFAULT__MANAGEMENT_SUBNET_ID: '2d1a7b2a-0d1f-4f4e-9d3b-1e3b3c3d3e3f',
  OS_DEFAULT__NEUTRON_METADATA_PROXY_SHARED_SECRET: 'shared',
  OS_ROUTER__IMAGE_UUID: '3d1a7b2a-0d1f-4f4e-9d3b-1e3b3c3d3e3f',
  OS_KEYSTONE_AUTHTOKEN__AUTH_URL: 'http://controller:5000',
  OS_KEYSTONE_AUTHTOKEN__USERNAME: 'astara',
  OS_KEYSTONE_AUTHTOKEN__PASSWORD: 'secret',
  OS_KEYSTONE_AUTHTOKEN__PROJECT_NAME: 'service',
}

const check = async (env: Readonly<Record<string, string>>): Promise<void> => {
  const { config } = await loadConfig({ files: [], dirs: [], env })
  assertRunnable(config)
}

describe('what a run needs', () => {
  it('is complete', async () => {
    await expect(check(ENOUGH)).resolves.toBeUndefined()
  })

  it('names everything that is missing at once', async () => {
    const { OS_DEFAULT__TRANSPORT_URL: _url, OS_ROUTER__IMAGE_UUID: _image, ...rest } = ENOUGH
    await expect(check(rest)).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringMatching(/transport_url.*image_uuid/s),
    })
  })

  it('refuses kinds of resource that cannot be made real, rather than ignoring them', async () => {
    await expect(check({ ...ENOUGH, OS_DEFAULT__ENABLED_DRIVERS: 'router,loadbalancer' })).rejects.toThrow(
      /enabled_drivers: only router/,
    )
  })
})
