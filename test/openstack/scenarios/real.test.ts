import { playAll } from './play.ts'
import { realCloud } from './support/real-cloud.ts'

playAll('openstack', realCloud)
