import { readFileSync } from 'node:fs'
import { AstaraError, messageOf } from '../../shared/index.ts'
import type { BrokerTls } from '../transport-url.ts'

/** Options of `tls.connect`. */
export interface TlsOptions {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly rejectUnauthorized: boolean
  readonly minVersion: 'TLSv1.2'
}

function readPem(path: string, what: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new AstaraError('bad_config', `cannot read ${what} ${path}: ${messageOf(error)}`, { cause: error })
  }
}

/** Reads the files once, at start: a wrong path is refused there and then. Throws AstaraError `bad_config`. */
export function loadTls(tls: BrokerTls): TlsOptions {
  return {
    rejectUnauthorized: tls.verify ?? true,
    minVersion: 'TLSv1.2',
    ...(tls.caFile === undefined ? {} : { ca: readPem(tls.caFile, 'ssl_ca_file') }),
    ...(tls.certFile === undefined ? {} : { cert: readPem(tls.certFile, 'ssl_cert_file') }),
    ...(tls.keyFile === undefined ? {} : { key: readPem(tls.keyFile, 'ssl_key_file') }),
  }
}
