import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/index.ts'
import { makeRouterDriver } from '../../../src/orchestrator/worker/parts.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { FakeCloud } from '../instances/support/fake-cloud.ts'

async function portWith(env: Readonly<Record<string, string>>): Promise<number> {
  const { config } = await loadConfig({
    files: [],
    dirs: [],
    env: { OS_ROUTER__IMAGE_UUID: '3d1a7b2a-0d1f-4f4e-9d3b-1e3b3c3d3e3f', ...env },
  })
  const clock = new ManualClock()
  const { openstack } = new FakeCloud(clock)
  return makeRouterDriver(config, { openstack, l3: null, clock, logger: silentLogger }).appliance.managementPort
}

test("the driver's own mgt_service_port, else astara_mgt_service_port", async () => {
  expect(await portWith({})).toBe(5000)
  expect(await portWith({ OS_DEFAULT__ASTARA_MGT_SERVICE_PORT: '5001' })).toBe(5001)
  expect(await portWith({ OS_DEFAULT__ASTARA_MGT_SERVICE_PORT: '5001', OS_ROUTER__MGT_SERVICE_PORT: '5002' })).toBe(
    5002,
  )
})
