import type { CheckLine } from '../../../contract/index.ts'
import type { ServiceName } from '../../../openstack/index.ts'
import { failedBy, ok, warning } from '../lines.ts'
import type { Check, CheckContext } from '../types.ts'

export const SERVICES: readonly ServiceName[] = ['keystone', 'neutron', 'nova', 'glance']

/** The catalog names each service, and each answers in a version that we speak. */
export const services: Check = {
  name: 'services',
  run: (context) => Promise.all(SERVICES.map((service) => look(context, service))),
}

async function look({ openstack, config, signal }: CheckContext, service: ServiceName): Promise<CheckLine> {
  const { auth_region: region, endpoint_type: kind } = config.DEFAULT
  try {
    const { url, version } = await openstack.root(service, { signal })
    const found = version === null ? url : `${url} (${version})`
    const local = /^https?:\/\/(?:127\.|localhost|\[::1\])/.test(url)
    return local && service !== 'keystone' && !isLocal(config.keystone_authtoken.auth_url)
      ? warning(
          service,
          `${found}: an address of this machine only`,
          `Correct the endpoint in Keystone: openstack endpoint list --interface ${kind.replace(/URL$/, '')}`,
        )
      : ok(service, found)
  } catch (error) {
    const where = `interface ${kind}${region === null ? '' : `, region ${region}`}`
    return failedBy(service, error, `Look at the catalog (${where}): openstack catalog list`)
  }
}

const isLocal = (url: string | null): boolean => url !== null && /^https?:\/\/(?:127\.|localhost|\[::1\])/.test(url)
