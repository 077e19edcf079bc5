import { defineConfig } from 'vitest/config'

const common = { environment: 'node', restoreMocks: true } as const

/** Real brokers, terminals and namespaces on a starved machine: in CI a failed test gets one more try, and the report names it. */
const real = { ...common, retry: process.env.CI ? 1 : 0 } as const

/** Tests that run inside the rig only (test/openstack/harness). */
const realCloud = ['test/openstack/contract/**/*.test.ts', 'test/openstack/scenarios/**/*.test.ts']

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['src/**/*.{ts,tsx}'], reporter: ['text-summary', 'html', 'json-summary'] },
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/integration/**', 'test/e2e/**', 'test/dataplane/**', 'test/fault/**', ...realCloud],
          testTimeout: 15_000,
        },
      },
      {
        test: {
          ...real,
          name: 'integration',
          include: ['test/integration/**/*.test.{ts,tsx}'],
          globalSetup: ['test/support/global-rabbitmq.ts'],
          testTimeout: 90_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          ...real,
          name: 'e2e',
          include: ['test/e2e/**/*.test.{ts,tsx}', 'test/fault/**/*.test.{ts,tsx}'],
          globalSetup: ['test/support/global-rabbitmq.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...real,
          name: 'dataplane',
          include: ['test/dataplane/**/*.test.{ts,tsx}'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...real,
          name: 'openstack',
          include: realCloud,
          // The stories of a chapter that leave each other alone.
          maxConcurrency: 3,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
