import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { type AuthOptions, createOpenStack, type OpenStack } from '../../src/openstack/index.ts'

const file = (name: string): string => fileURLToPath(new URL(`../fixtures/openstack/${name}`, import.meta.url))

/** A Keystone behind a certificate that only its own file vouches for. */
async function startKeystone(): Promise<string> {
  const pair = { key: readFileSync(file('tls-key.pem')), cert: readFileSync(file('tls-cert.pem')) }
  const server = createServer(pair, (request, response) => {
    request.resume()
    response.writeHead(201, { 'x-subject-token': 't' })
    const times = { issued_at: '2026-01-01T00:00:00Z', expires_at: '2026-01-01T01:00:00Z' }
    response.end(JSON.stringify({ token: { user: { id: 'u' }, ...times } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function connect(authUrl: string, more: Partial<AuthOptions>): OpenStack {
  const client = createOpenStack({ auth: { authUrl, method: 'password', userId: 'u', password: 'p', ...more } })
  onTestFinished(() => client.close())
  return client
}

it('trusts what the CA file vouches for', async () => {
  const host = await startKeystone()
  const client = connect(`https://${host}`, { cafile: file('tls-cert.pem') })
  await expect(client.authenticate()).resolves.toMatchObject({ projectId: null, userId: 'u' })
})

it('trusts nobody else, does not try again, and says what to give', async () => {
  const host = await startKeystone()
  await expect(connect(`https://${host}`, {}).authenticate()).rejects.toMatchObject({
    status: null,
    code: 'failed',
    retryable: false,
    suggestions: [expect.stringContaining('cafile')],
  })
})

it('trusts anybody when told to', async () => {
  const host = await startKeystone()
  await expect(connect(`https://${host}`, { insecure: true }).authenticate()).resolves.toMatchObject({ userId: 'u' })
})

it('http spoken to https is an error of the endpoint', async () => {
  const host = await startKeystone()
  await expect(connect(`http://${host}`, {}).authenticate({ timeoutMs: 10_000 })).rejects.toMatchObject({
    status: null,
  })
})

it('refuses to start with a CA file it cannot read', () => {
  expect(() => connect('https://127.0.0.1:1', { cafile: '/nowhere/ca.pem' })).toThrow(
    /cannot read the CA file \/nowhere/,
  )
})
