import { request } from 'node:http'
import { buildServer } from '../../../src/orchestrator/api/server.ts'
import { silentLogger } from '../../../src/shared/index.ts'
import { type MemoryOrchestrator, metricsSource } from './memory-port.ts'

export const depsOf = (port: MemoryOrchestrator) => ({
  port,
  metrics: metricsSource,
  logger: silentLogger,
  version: '1.2.3',
})

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly json: {
    readonly error?: { readonly code: string; readonly message: string }
    readonly [key: string]: unknown
  }
}

/** Asks a server without a socket. `json` sends a body as /v1 wants it. */
export async function ask(
  port: MemoryOrchestrator,
  method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'OPTIONS' | 'HEAD',
  url: string,
  extra: { readonly json?: unknown; readonly headers?: Record<string, string>; readonly raw?: string } = {},
): Promise<Answer> {
  const app = buildServer(depsOf(port), { handlerTimeoutMs: 200 })
  const isJson = (method === 'POST' && extra.headers?.['x-astara-client'] === undefined) || extra.json !== undefined
  const answer = await app.inject({
    method,
    url,
    headers: {
      host: '127.0.0.1:44250',
      ...(isJson ? { 'content-type': 'application/json' } : {}),
      ...extra.headers,
    },
    ...(extra.raw === undefined ? {} : { payload: extra.raw }),
    ...(extra.json === undefined ? {} : { payload: JSON.stringify(extra.json) }),
  })
  await app.close()
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.body,
    json: answer.body.startsWith('{') ? answer.json() : {},
  }
}

/** Over a real socket, where inject cannot look. */
export function fetchText(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    asked.on('error', reject)
    asked.end()
  })
}
