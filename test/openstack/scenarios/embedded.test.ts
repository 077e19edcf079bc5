import { playAll } from './play.ts'
import { embeddedCloud } from './support/embedded-cloud.ts'

playAll('embedded', embeddedCloud)
