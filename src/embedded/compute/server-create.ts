import { z } from 'zod'
import { ApiError } from '../http/api-error.ts'
import type { ApiRequest } from '../http/types.ts'
import type { Caller } from '../identity/caller.ts'
import type { ImageState } from '../image/service.ts'
import type { Network, Port } from '../network/model.ts'
import type { Net } from '../network/net.ts'
import { canSeeNetwork } from '../network/networks.ts'
import { owns } from '../network/policy.ts'
import { createPort, deletePort } from '../network/ports.ts'
import { strangers } from './complaint.ts'
import { FLAVORS } from './model.ts'
import type { ServerInit } from './nova.ts'

const WITHOUT_MEANING = [
  'OS-DCF:diskConfig',
  'accessIPv4',
  'accessIPv6',
  'adminPass',
  'availability_zone',
  'block_device_mapping',
  'host',
  'hostname',
  'hypervisor_hostname',
  'personality',
  'return_reservation_id',
  'security_groups',
  'tags',
  'trusted_image_certificates',
] as const

const nic = z.strictObject({
  port: z.string().nullish(),
  uuid: z.string().optional(),
  fixed_ip: z.union([z.ipv4(), z.ipv6()]).optional(),
  tag: z.string().optional(),
})
const given = (issue: { readonly input?: unknown }): string => `'${String(issue.input)}'`
const schema = z.object({
  server: z.strictObject({
    name: z
      .string()
      .min(1, { error: (issue) => `${given(issue)} is too short` })
      .max(255, { error: (issue) => `${given(issue)} is too long` }),
    imageRef: z
      .string()
      .regex(/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/i, {
        error: (issue) => `${given(issue)} is not valid under any of the given schemas`,
      })
      .default(''),
    flavorRef: z.union([z.string().min(1), z.int().transform(String)]),
    networks: z.union([z.array(nic), z.enum(['auto', 'none'])]).optional(),
    user_data: z.base64().max(65_535).nullish(),
    config_drive: z.union([z.boolean(), z.string()]).nullish(),
    key_name: z.string().nullish(),
    metadata: z.record(z.string().max(255), z.string().max(255)).default({}),
    min_count: z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]).default(1),
    max_count: z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]).default(1),
    description: z.string().nullish(),
    block_device_mapping_v2: z.array(z.looseObject({ uuid: z.string().optional() })).optional(),
    // Known to Nova, without meaning here.
    ...Object.fromEntries(WITHOUT_MEANING.map((name) => [name, z.unknown().optional()])),
  }),
})

const badRequest = (message: string): ApiError => new ApiError(400, 'badRequest', message)

/** Reads and checks a `POST /servers`; makes the ports that Nova makes itself. */
export function readServerCreate(
  request: ApiRequest,
  caller: Caller,
  deps: { readonly net: Net; readonly images: ImageState },
): ServerInit {
  const parsed = schema.safeParse(request.body)
  if (!parsed.success) throw badRequest(complaint(parsed.error.issues[0], request.body))
  const { server } = parsed.data
  if (server.min_count > 1 || server.max_count > 1) throw badRequest('This cloud starts one server per request.')
  const imageId = server.imageRef || (server.block_device_mapping_v2?.[0]?.uuid ?? '')
  const image = deps.images.images.get(imageId)
  if (!image) throw badRequest(imageId === '' ? 'Invalid imageRef provided.' : 'Can not find requested image')
  if (image.status !== 'active') throw badRequest(`Image ${image.id} is not active.`)
  const flavor = FLAVORS.find((one) => one.id === server.flavorRef)
  if (!flavor) throw badRequest(`Flavor ${server.flavorRef} could not be found.`)
  const { portIds, ownPortIds } = plug(server.networks, caller, deps.net)
  return {
    name: server.name,
    projectId: caller.projectId ?? '',
    userId: caller.userId,
    imageId: image.id,
    flavorId: flavor.id,
    metadata: server.metadata,
    configDrive: server.config_drive === true || /^true$/i.test(String(server.config_drive)),
    userData: server.user_data ?? null,
    keyName: server.key_name ?? null,
    description: server.description ?? null,
    portIds,
    ownPortIds,
  }
}

/** Nova's sentence for a body that its schema refuses. */
function complaint(issue: z.core.$ZodIssue | undefined, body: unknown): string {
  const path = [...(issue?.path ?? [])]
  if (typeof body !== 'object' || body === null || !('server' in body)) return "'server' is a required property"
  const value = path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    body,
  )
  const field = path.at(-1) ?? 'server'
  if (issue?.code === 'unrecognized_keys') return strangers(String(field), value, issue.keys)
  const inner = issue?.code === 'invalid_union' ? firstInner(issue) : null
  if (inner && inner.path.length > 0) {
    const deep = inner.path.reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
      value,
    )
    return `Invalid input for field/attribute ${String(inner.path.at(-1))}. Value: ${String(deep)}. '${String(deep)}' is not valid under any of the given schemas`
  }
  return `Invalid input for field/attribute ${String(field)}. Value: ${String(value)}. ${issue?.message ?? 'invalid'}`
}

function firstInner(issue: z.core.$ZodIssue): z.core.$ZodIssue | null {
  if (issue.code !== 'invalid_union') return null
  return issue.errors.flat().find((one) => one.path.length > 0) ?? null
}

/** Nova plugs in a port without an address only when Neutron says that it is meant to have none. Throws ApiError. */
export function refuseWithoutAddress(port: Pick<Port, 'id' | 'fixedIps' | 'ipAllocation'>): void {
  const isMeant = port.ipAllocation === 'none' || port.ipAllocation === 'deferred'
  if (port.fixedIps.length === 0 && !isMeant)
    throw badRequest(`Port ${port.id} requires a FixedIP in order to be used.`)
}

type Nics = z.infer<typeof schema>['server']['networks']

function plug(nics: Nics, caller: Caller, net: Net): { portIds: string[]; ownPortIds: string[] } {
  const { state } = net
  const portIds: string[] = []
  const ownPortIds: string[] = []
  if (nics === 'none') return { portIds, ownPortIds }
  try {
    for (const one of Array.isArray(nics) ? nics : automatic(caller, net)) {
      if (one.port) {
        const port = state.ports.get(one.port)
        if (!port || !owns(caller, port.projectId)) throw badRequest(`Port id ${one.port} could not be found.`)
        if (port.deviceId !== '') throw new ApiError(409, 'conflictingRequest', `Port ${port.id} is still in use.`)
        if (portIds.includes(port.id)) throw badRequest(`Duplicate port: ${port.id}`)
        refuseWithoutAddress(port)
        portIds.push(port.id)
        continue
      }
      const network = state.networks.get(one.uuid ?? '')
      if (!network || !canSeeNetwork(network, caller)) throw badRequest(`Network ${one.uuid ?? ''} could not be found.`)
      if (network.subnetIds.length === 0)
        throw badRequest(`Network ${network.id} requires a subnet in order to boot instances on.`)
      const port = createPort(
        net,
        {
          network_id: network.id,
          project_id: caller.projectId ?? '',
          ...(one.fixed_ip === undefined ? {} : { fixed_ips: [{ ip_address: one.fixed_ip }] }),
        },
        { ...caller, isAdmin: true },
      )
      portIds.push(port.id)
      ownPortIds.push(port.id)
    }
    return { portIds, ownPortIds }
  } catch (error) {
    for (const id of ownPortIds) {
      const port = state.ports.get(id)
      if (port) deletePort(net, port)
    }
    throw error
  }
}

/** Without networks given, the project's only one is taken. */
function automatic(caller: Caller, net: Net): { uuid: string; port?: null; fixed_ip?: undefined }[] {
  const own = net.state.networks.by('project_id', caller.projectId ?? '')
  const usable = own.filter((network: Network) => network.subnetIds.length > 0 && !network.external)
  if (usable.length > 1) {
    throw new ApiError(
      409,
      'conflictingRequest',
      'Multiple possible networks found, use a Network ID to be more specific.',
    )
  }
  return usable.map((network) => ({ uuid: network.id }))
}
