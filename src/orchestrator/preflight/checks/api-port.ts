import { createServer } from 'node:net'
import { hostPort, listenError, resolveListenAddress } from '../../api/index.ts'
import { failedBy, ok, warning } from '../lines.ts'
import type { Check } from '../types.ts'

const KNOCK_MS = 2_000

/** The HTTP API can listen where it is to. */
export const apiPort: Check = {
  name: 'api_port',
  async run({ config, signal }) {
    const { api_listen: listen, api_port: port } = config.DEFAULT
    const where = await resolveListenAddress(listen, port)
    const error = await tryListen(where.address, port)
    const text = hostPort(where.address, port)
    if (error === null) return [ok('api_port', `${text} is free`)]
    if (await isAstara(`http://${text}/healthz`, signal)) {
      return [
        warning(
          'api_port',
          `an orchestrator is running here already, at ${text}`,
          'Stop it before another is started.',
        ),
      ]
    }
    return [failedBy('api_port', listenError(error, where, port))]
  },
}

function tryListen(host: string, port: number): Promise<unknown> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', resolve)
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}

async function isAstara(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(KNOCK_MS)]) })
    return answer.ok && (await answer.text()).slice(0, 1_000).includes('"status"')
  } catch {
    return false
  }
}
