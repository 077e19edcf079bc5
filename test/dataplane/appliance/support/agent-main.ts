// An agent in a network namespace: one argument, the options as JSON.
import { type ServeOptions, serveAppliance } from '../../../../src/appliance/index.ts'
import { createLogger, systemClock } from '../../../../src/shared/index.ts'

const options: Omit<ServeOptions, 'clock' | 'logger'> = JSON.parse(process.argv[2] ?? '{}')
const logger = createLogger({ level: 'debug', stream: process.stderr, pretty: true })
const appliance = await serveAppliance({ ...options, clock: systemClock, logger })
console.log('ready')
process.once('SIGTERM', () => void appliance.stop())
