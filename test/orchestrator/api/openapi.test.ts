import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../../src/contract/index.ts'
import { parseLegacyCommand, pathWords } from '../../../src/orchestrator/api/legacy-command.ts'
import { buildServer } from '../../../src/orchestrator/api/server.ts'
import { ask, depsOf } from './http.ts'
import { MemoryOrchestrator, numberedId, sampleResource } from './memory-port.ts'

type Operations = Readonly<Record<string, { readonly responses: object; readonly tags?: readonly string[] }>>
const document = openApiDocument('1.2.3')
const paths = document.paths as Readonly<Record<string, Operations>>

function* refsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref' && typeof inner === 'string') yield inner
    else yield* refsIn(inner)
  }
}

describe('the OpenAPI document', () => {
  it('is served', async () => {
    const { status, json } = await ask(new MemoryOrchestrator(), 'GET', '/v1/openapi.json')
    expect(status).toBe(200)
    expect(json).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } })
  })

  it('describes the routes that exist, and only those', () => {
    const app = buildServer(depsOf(new MemoryOrchestrator()))
    for (const [path, operations] of Object.entries(paths)) {
      const url = path.replaceAll(/\{(\w+)\}/g, ':$1')
      for (const [method, { tags }] of Object.entries(operations)) {
        if (tags?.includes('legacy')) {
          const words = pathWords(path.replace('{id}', numberedId(1)))
          expect(parseLegacyCommand(words, {}, undefined)).toBeTruthy()
        } else {
          expect([url, method, app.hasRoute({ url, method })]).toEqual([url, method, true])
        }
      }
    }
    const described = new Set(Object.keys(paths).map((path) => path.replaceAll(/\{(\w+)\}/g, ':$1')))
    const served = app
      .printRoutes({ commonPrefix: false, method: 'GET' })
      .split('\n')
      .filter((line) => line.includes('(GET'))
      .map((line) => line.replace(/^\W*/, '/').replace(/ \(.*$/, ''))
    expect(served.length).toBeGreaterThan(0)
    for (const url of served.filter((path) => app.hasRoute({ url: path, method: 'GET' }))) {
      expect(described).toContain(url)
    }
  })

  it('refers only to schemas that it has', () => {
    const { schemas } = document.components as { schemas: Record<string, unknown> }
    const refs = new Set(refsIn(document))
    expect(refs.size).toBeGreaterThan(8)
    for (const ref of refs) expect(schemas).toHaveProperty(ref.replace('#/components/schemas/', ''))
  })

  it('lets fields be added', () => {
    expect(JSON.stringify(document)).not.toContain('additionalProperties":false')
  })

  it('requires of a resource every field that the contract has', () => {
    const { schemas } = document.components as { schemas: Record<string, { required: string[] }> }
    expect(schemas.Resource?.required.toSorted()).toEqual(Object.keys(sampleResource(1)).toSorted())
  })
})
