import type { Resource, TenantList, TenantSummary } from '../../contract/index.ts'
import { AstaraError, escapeControls, normalizeUuid } from '../../shared/index.ts'
import { confirm } from '../confirm.ts'
import { toJson } from '../json.ts'
import { type OutputOptions, printList, printOne, tableOf } from '../output.ts'
import { resourceColumns } from '../resource-columns.ts'
import { tenantColumns } from '../tenant-columns.ts'
import { callOf, needsNoQuestion, type Work } from './context.ts'

/**
 * The tenant that a person means by an id or the beginning of one.
 *
 * @throws AstaraError `not_found`, `ambiguous`
 */
async function findTenant(work: Work, text: string): Promise<string> {
  const whole = normalizeUuid(text)
  if (whole !== null) return whole
  const prefix = text.toLowerCase().replaceAll('-', '')
  const { tenants } = await work.client.tenants(callOf(work))
  const found = /^[0-9a-f]+$/.test(prefix) ? tenants.filter(({ id }) => id.replaceAll('-', '').startsWith(prefix)) : []
  const [first, ...others] = found
  if (first === undefined) {
    throw new AstaraError('not_found', `there is no tenant "${escapeControls(text)}" with resources here`, {
      suggestions: ['See them all: astara ctl tenant list'],
    })
  }
  if (others.length > 0) {
    throw new AstaraError('ambiguous', `"${escapeControls(text)}" can be any of ${found.length} tenants`, {
      suggestions: ['Give more of the id:', ...found.slice(0, 10).map(({ id }) => `  ${id}`)],
      details: { candidates: found.map(({ id }) => ({ id })) },
    })
  }
  return first.id
}

/** Prints the tenants that have resources or are in debug mode. */
export async function listTenants(work: Work & { readonly output: OutputOptions }): Promise<TenantList> {
  const { io, client, output } = work
  const list = await io.busy('Asking for tenants', client.tenants(callOf(work)))
  await printList(io, tenantColumns, list.tenants, output, (tenants) => ({ tenants }))
  return list
}

/** Prints one tenant and its resources. */
export async function showTenant(
  work: Work & { readonly text: string; readonly output: OutputOptions },
): Promise<{ readonly tenant: TenantSummary; readonly resources: readonly Resource[] }> {
  const { io, client, output } = work
  const find = async () => {
    const id = await findTenant(work, work.text)
    const [tenant, { resources }] = await Promise.all([
      client.tenant(id, callOf(work)),
      client.list({ tenantId: id }, callOf(work)),
    ])
    return { tenant, resources }
  }
  const found = await io.busy('Asking for the tenant', find())
  await printOne(io, tenantColumns, found.tenant, output, (tenant) => ({ tenant, resources: found.resources }))
  const isForPeople = (output.format === 'table' || output.format === 'wide') && output.columns === null
  if (isForPeople && found.resources.length > 0) {
    const columns = resourceColumns.columns.filter(({ id, wide }) => id !== 'tenant_id' && !wide)
    io.print(`\n${await tableOf(columns, found.resources, output.headers, io)}`)
  }
  return found
}

export interface TenantDebugOptions {
  readonly text: string
  readonly enabled: boolean
  readonly reason?: string | undefined
  readonly yes: boolean
  readonly json: boolean
}

/** Puts a tenant into debug mode, or manages it again. Debugging asks first: it concerns all that the tenant has. */
export async function debugTenant(
  work: Work,
  { text, enabled, reason, yes, json }: TenantDebugOptions,
): Promise<{ readonly accepted: true; readonly tenant_id: string }> {
  const { io, client, signal } = work
  const id = client.via === 'amqp' ? wholeId(text) : await io.busy('Looking for the tenant', findTenant(work, text))
  const unasked = needsNoQuestion(work, yes, text)
  if (enabled && client.via === 'http' && !unasked) {
    const { resources } = await client.list({ tenantId: id }, callOf(work))
    const victims = resources.map((one) => `${one.id}  ${escapeControls(one.name)}  ${one.instance_state}`)
    await confirm(io, {
      deed: `Put tenant ${id} with ${resources.length} resources into debug mode`,
      victims,
      yes: false,
      signal,
    })
  }
  const order = { enabled, ...(reason === undefined ? {} : { reason }) }
  await io.busy('Asking', client.setDebug({ scope: 'tenant', id }, order, callOf(work)))
  const result = { accepted: true, tenant_id: id } as const
  io.print(json ? toJson(result) : `Tenant ${id} is ${enabled ? 'in debug mode' : 'managed again'}.\n`)
  return result
}

function wholeId(text: string): string {
  const id = normalizeUuid(text)
  if (id === null) throw new AstaraError('usage', 'over AMQP give the whole id of the tenant')
  return id
}
