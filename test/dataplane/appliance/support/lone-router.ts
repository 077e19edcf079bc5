import { Lab } from './lab.ts'
import { Router } from './router.ts'

/** A router with nothing behind its four interfaces, on a management network with a space `mgt` to ask it from. */
export interface LoneRouter {
  readonly lab: Lab
  readonly router: Router
  close(): Promise<void>
}

/** Not the address of any golden case, so that one router can take them all, the backup's included. */
const ADDRESS = 'fdca:3ba5:a17a:acda::5'

/** Builds it and starts its agent. */
export async function startLoneRouter(): Promise<LoneRouter> {
  const lab = new Lab(['brm'])
  for (const space of ['mgt', 'rtr']) lab.space(space)
  lab.cable('mgt', 'eth0', 'brm')
  for (const device of ['eth0', 'eth1', 'eth2', 'eth3']) lab.cable('rtr', device, 'brm')
  lab.in('mgt', 'ip', 'link', 'set', 'eth0', 'up')
  lab.in('mgt', 'ip', 'address', 'add', 'fdca:3ba5:a17a:acda::1/64', 'dev', 'eth0', 'nodad')
  lab.in('rtr', 'ip', 'link', 'set', 'eth0', 'up')
  lab.in('rtr', 'ip', 'address', 'add', `${ADDRESS}/64`, 'dev', 'eth0', 'nodad')
  const router = new Router(lab, 'rtr', ADDRESS, 'mgt')
  const close = async (): Promise<void> => {
    await router.stop()
    await lab.close()
  }
  await router.start().catch(async (error: unknown) => {
    await close()
    throw error
  })
  return { lab, router, close }
}
