import { request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: string
}

/** One request from an address of our choosing: all of 127.0.0.0/8 is ours. */
export function ask(
  url: string,
  init: {
    readonly from?: string
    readonly method?: string
    readonly path?: string
    readonly headers?: Record<string, string>
    readonly body?: string
  } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: hostname.replace(/^\[|\]$/g, ''),
        port,
        method: init.method ?? 'GET',
        path: init.path ?? '/latest/meta-data/',
        headers: init.headers ?? {},
        agent: false,
        ...(init.from === undefined ? {} : { localAddress: init.from }),
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
        response.on('error', reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end(init.body)
  })
}
