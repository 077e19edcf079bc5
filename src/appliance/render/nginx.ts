import type { Listener, LoadBalancer, Model } from '../model/index.ts'
import type { Ip } from '../net/ip.ts'

/** Where Debian's package libnginx-mod-stream puts the module that passes TCP. */
export const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so'

/** Files of nginx. */
export interface NginxPaths {
  readonly pid: string
  readonly body: string
  readonly proxy: string
}

const endpoint = (ip: Ip, port: number): string => `${ip.family === 6 ? `[${ip.text}]` : ip.text}:${port}`

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

const block = (head: string, lines: readonly string[]): string[] => [`${head} {`, ...indent(lines), '}']

function upstream(listener: Listener): string[] {
  const patience = listener.patience
    ? ` max_fails=${listener.patience.failures} fail_timeout=${listener.patience.seconds}s`
    : ''
  return block(`upstream listener_${listener.id}`, [
    ...(listener.balancing === 'least-connections' ? ['least_conn;'] : []),
    // Consistent: a member that comes or goes moves only its own clients.
    ...(listener.balancing === 'source' ? ['hash $remote_addr consistent;'] : []),
    ...listener.members.map(
      // A weight of 0 takes no new connections; nginx has another word for it.
      ({ address, port, weight }) =>
        `server ${endpoint(address, port)} ${weight === 0 ? 'down' : `weight=${weight}${patience}`};`,
    ),
  ])
}

function server(listener: Listener, vip: Ip): string[] {
  const connect = listener.patience ? [`proxy_connect_timeout ${listener.patience.connectSeconds}s;`] : []
  const listen = `listen ${endpoint(vip, listener.port)};`
  if (listener.mode === 'stream') return block('server', [listen, ...connect, `proxy_pass listener_${listener.id};`])
  return block('server', [
    listen,
    ...block('location /', [
      ...connect,
      `proxy_pass http://listener_${listener.id};`,
      'proxy_http_version 1.1;',
      'proxy_set_header Connection "";',
      'proxy_set_header Host $http_host;',
      'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    ]),
  ])
}

function context(name: 'http' | 'stream', balancer: LoadBalancer, vip: Ip, head: readonly string[]): string[] {
  const mode = name === 'http' ? 'http' : 'stream'
  const listeners = balancer.listeners.filter((listener) => listener.mode === mode)
  if (listeners.length === 0) return []
  return block(name, [...head, ...listeners.flatMap((listener) => [...upstream(listener), ...server(listener, vip)])])
}

function text(balancer: LoadBalancer, vip: Ip, paths: NginxPaths): string {
  const streams = balancer.listeners.some((listener) => listener.mode === 'stream')
  return `${[
    ...(streams ? [`load_module ${STREAM_MODULE};`] : []),
    'daemon off;',
    'user www-data;',
    'worker_processes auto;',
    // Connections outlive a reload in the old workers, but not for ever.
    'worker_shutdown_timeout 3600s;',
    `pid ${paths.pid};`,
    'error_log stderr warn;',
    ...block('events', ['worker_connections 8192;']),
    ...context('http', balancer, vip, [
      'access_log off;',
      'server_tokens off;',
      // How large a request may be is for the members to say.
      'client_max_body_size 0;',
      `client_body_temp_path ${paths.body};`,
      `proxy_temp_path ${paths.proxy};`,
    ]),
    ...context('stream', balancer, vip, []),
  ].join('\n')}\n`
}

const LOOPBACK: Ip = { family: 4, text: '127.0.0.1', value: 0x7f00_0001n }

/**
 * nginx for the load balancer: HTTP is proxied, TCP and HTTPS are passed through. Null when nothing is to be served. `test` is
 * for `nginx -t`, which really binds: the same on loopback, because the virtual address may not be here yet.
 */
export function renderNginx(model: Model, paths: NginxPaths): { readonly main: string; readonly test: string } | null {
  const { loadBalancer } = model
  if (!loadBalancer || loadBalancer.listeners.length === 0) return null
  return {
    main: text(loadBalancer, loadBalancer.vip, paths),
    test: text(loadBalancer, LOOPBACK, { ...paths, pid: `${paths.pid}.test` }),
  }
}
