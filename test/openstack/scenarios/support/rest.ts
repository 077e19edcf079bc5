import { type Body, RestError } from './rest-error.ts'

/** Requests of one user in one project: Neutron (`v2.0/…`), Nova (`servers…`, `flavors…`, `os-…`) and Glance (`v2/images…`). */
export type Rest = (method: string, path: string, body?: unknown) => Promise<Body>

/** Who asks. */
export interface Login {
  /** Keystone's URL, `/v3` included. */
  readonly authUrl: string
  readonly username: string
  readonly password: string
  readonly project: string
}

interface Token {
  readonly value: string
  readonly projectId: string
  endpoint(type: string): string
}

async function login({ authUrl, username, password, project }: Login): Promise<Token> {
  const domain = { name: 'Default' }
  const identity = { methods: ['password'], password: { user: { name: username, password, domain } } }
  const answer = await fetch(`${authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope: { project: { name: project, domain } } } }),
    signal: AbortSignal.timeout(30_000),
  })
  if (!answer.ok) throw new RestError('POST', 'auth/tokens', answer.status, await answer.text())
  const { token } = (await answer.json()) as Body
  return {
    value: answer.headers.get('x-subject-token') ?? '',
    projectId: token.project.id,
    endpoint: (type) =>
      token.catalog
        .find((service: Body) => service.type === type)
        .endpoints.find((one: Body) => one.interface === 'public')
        .url.replace(/\/$/, ''),
  }
}

const serviceOf = (path: string): string =>
  path.startsWith('v2.0/') ? 'network' : path.startsWith('v2/images') ? 'image' : 'compute'

/** Logs in; the token is renewed when it is refused. Everything throws RestError for an answer that is no success. */
export async function connect(who: Login): Promise<{ readonly rest: Rest; readonly projectId: string }> {
  let token = await login(who)
  const { projectId } = token
  const ask = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${token.endpoint(serviceOf(path))}/${path}`, {
      method,
      headers: { 'x-auth-token': token.value, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(90_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return {
    projectId,
    async rest(method, path, body) {
      let answer = await ask(method, path, body)
      if (answer.status === 401) {
        token = await login(who)
        answer = await ask(method, path, body)
      }
      const text = await answer.text()
      if (!answer.ok) throw new RestError(method, path, answer.status, text)
      return text === '' ? {} : JSON.parse(text)
    },
  }
}
