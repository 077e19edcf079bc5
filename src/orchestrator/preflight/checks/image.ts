import type { CheckLine } from '../../../contract/index.ts'
import { hasStatus, type NovaFlavor } from '../../../openstack/index.ts'
import { failed, failedBy, ok } from '../lines.ts'
import type { Check, CheckContext } from '../types.ts'

/** The image can be booted with the flavor. */
export const image: Check = {
  name: 'image',
  async run(context) {
    const { config } = context
    const flavorName = config.router.instance_flavor ?? config.DEFAULT.default_instance_flavor
    const option =
      config.router.instance_flavor === null ? '[DEFAULT] default_instance_flavor' : '[router] instance_flavor'
    const flavor = await look(() => context.openstack.nova.getFlavor(flavorName, { signal: context.signal }))
    const flavorLine =
      'value' in flavor
        ? ok('flavor', `${flavor.value.name} (${sizesOf(flavor.value)})`)
        : hasStatus(flavor.error, 404)
          ? failed(
              'flavor',
              `Nova has no flavor ${JSON.stringify(flavorName)}`,
              `Set ${option} to the id or name of one: openstack flavor list --all`,
              'Or make one: openstack flavor create --ram 512 --disk 3 --vcpus 1 --private m1.astara',
            )
          : failedBy('flavor', flavor.error)
    return [await imageLine(context, 'value' in flavor ? flavor.value : null), flavorLine]
  },
}

const sizesOf = ({ ram, disk }: NovaFlavor): string => `${ram ?? '?'} MiB memory, ${disk ?? '?'} GiB disk`

async function look<T>(ask: () => Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await ask() }
  } catch (error) {
    return { error }
  }
}

async function imageLine({ openstack, config, signal }: CheckContext, flavor: NovaFlavor | null): Promise<CheckLine> {
  const id = config.router.image_uuid
  if (id === null) return failed('image', '[router] image_uuid is not set', 'Set it to the id of an appliance image.')
  const found = await look(() => openstack.glance.getImage(id, { signal }))
  if ('error' in found) {
    return hasStatus(found.error, 404)
      ? failed(
          'image',
          `Glance has no image ${id}, or none that this user may see`,
          'Set [router] image_uuid to the id of the appliance image: openstack image list',
        )
      : failedBy('image', found.error)
  }
  const { name, status, min_disk: minDisk = 0, min_ram: minRam = 0 } = found.value
  if (status !== 'active') {
    return failed(
      'image',
      `${name || id} is ${status}, not active`,
      'Upload its data, or take another image: openstack image list',
    )
  }
  const { disk, ram, name: flavorName } = flavor ?? {}
  if (ram !== undefined && ram < minRam) {
    return failed(
      'image',
      `${name || id} needs ${minRam} MiB memory, flavor ${flavorName} has ${ram}`,
      'Take a larger flavor.',
    )
  }
  if (disk !== undefined && disk !== 0 && disk < minDisk) {
    return failed(
      'image',
      `${name || id} needs ${minDisk} GiB disk, flavor ${flavorName} has ${disk}`,
      'Take a larger flavor.',
    )
  }
  return ok('image', `${name || id} is active`)
}
