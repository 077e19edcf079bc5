import { z } from 'zod'
import type { Caller } from '../identity/caller.ts'
import { flag, text, uuid } from './attributes.ts'
import { conflict, notFound } from './errors.ts'
import type { SecurityGroup, SecurityGroupRule } from './model.ts'
import type { Net } from './net.ts'
import { owns, projectFor } from './policy.ts'
import { checkQuota } from './quotas.ts'
import type { ResourceSpec } from './resource.ts'
import { standardView } from './standard-view.ts'
import type { NetworkState } from './state.ts'

const create = z.object({
  name: text,
  description: text.default(''),
  stateful: flag.default(true),
  project_id: z.string().optional(),
  tenant_id: z.string().optional(),
})
const update = z.object({ name: text, description: text, stateful: flag }).partial()

const number = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]).nullish()
const ruleCreate = z.object({
  security_group_id: uuid,
  direction: z.enum(['ingress', 'egress']),
  ethertype: z.string().default('IPv4'),
  protocol: z.union([z.string(), z.int().transform(String)]).nullish(),
  port_range_min: number,
  port_range_max: number,
  remote_ip_prefix: z.string().nullish(),
  remote_group_id: uuid.nullish(),
  remote_address_group_id: uuid.nullish(),
  description: text.default(''),
  project_id: z.string().optional(),
  tenant_id: z.string().optional(),
})
const ruleUpdate = z.object({ description: text }).partial()

const READ_ONLY = ['id', 'tags', 'created_at', 'updated_at', 'revision_number', 'security_group_rules', 'shared']

function viewRule(rule: SecurityGroupRule): Record<string, unknown> {
  const standard = standardView(rule)
  delete standard.tags
  return {
    id: rule.id,
    security_group_id: rule.securityGroupId,
    ethertype: rule.ethertype,
    direction: rule.direction,
    protocol: rule.protocol,
    port_range_min: rule.portRangeMin,
    port_range_max: rule.portRangeMax,
    remote_ip_prefix: rule.remoteIpPrefix,
    remote_group_id: rule.remoteGroupId,
    remote_address_group_id: null,
    normalized_cidr: rule.remoteIpPrefix,
    ...standard,
    // Neutron's own rules have no description at all.
    description: rule.isOwn ? null : rule.description,
  }
}

function addRule(
  state: NetworkState,
  group: SecurityGroup,
  init: Partial<SecurityGroupRule> & Pick<SecurityGroupRule, 'direction' | 'ethertype'>,
): SecurityGroupRule {
  const rule: SecurityGroupRule = {
    ...state.standard({ name: '', description: init.description ?? '', projectId: group.projectId }),
    revision: 0,
    securityGroupId: group.id,
    direction: init.direction,
    ethertype: init.ethertype,
    protocol: init.protocol ?? null,
    portRangeMin: init.portRangeMin ?? null,
    portRangeMax: init.portRangeMax ?? null,
    remoteIpPrefix: init.remoteIpPrefix ?? null,
    remoteGroupId: init.remoteGroupId ?? null,
    isOwn: init.isOwn ?? false,
  }
  state.rules.put(rule)
  return rule
}

function addGroup(
  state: NetworkState,
  init: { name: string; description: string; projectId: string; stateful: boolean },
): SecurityGroup {
  const { stateful, ...standard } = init
  const group: SecurityGroup = { ...state.standard(standard), stateful }
  state.securityGroups.put(group)
  for (const ethertype of ['IPv4', 'IPv6']) addRule(state, group, { direction: 'egress', ethertype, isOwn: true })
  return group
}

/** A project's `default` group, made when first needed. */
export function defaultGroupOf(state: NetworkState, projectId: string): SecurityGroup {
  const known = state.securityGroups.by('project_id', projectId).find((group) => group.name === 'default')
  if (known) return known
  const group = addGroup(state, { name: 'default', description: 'Default security group', projectId, stateful: true })
  for (const ethertype of ['IPv4', 'IPv6'])
    addRule(state, group, { direction: 'ingress', ethertype, remoteGroupId: group.id, isOwn: true })
  return group
}

/** `/v2.0/security-groups`. */
export function securityGroupSpec(net: Net): ResourceSpec<SecurityGroup, typeof create, typeof update> {
  const { state } = net
  return {
    kind: 'security_group',
    isExtension: true,
    listing: {
      table: state.securityGroups,
      plural: 'security_groups',
      path: '/v2.0/security-groups',
      view: (group) => ({
        id: group.id,
        name: group.name,
        stateful: group.stateful,
        shared: false,
        ...standardView(group),
        security_group_rules: state.rules
          .by('security_group_id', group.id)
          .map((rule) => ({ ...viewRule(rule), tags: rule.tags, standard_attr_id: rule.standardAttrId })),
      }),
      visible: (group, caller: Caller) => owns(caller, group.projectId),
      filterable: ['id', 'name', 'project_id', 'description', 'tags', 'stateful', 'shared'],
    },
    attributes: { create, update, readOnly: READ_ONLY },
    create(given, caller) {
      const projectId = projectFor(caller, given)
      defaultGroupOf(state, projectId)
      if (given.name === 'default')
        throw conflict('SecurityGroupDefaultAlreadyExists', 'Default security group already exists.')
      checkQuota(state, 'security_group', projectId)
      return addGroup(state, { name: given.name, description: given.description, projectId, stateful: given.stateful })
    },
    update(group, given) {
      if (given.name !== undefined) group.name = given.name
      if (given.description !== undefined) group.description = given.description
      if (given.stateful !== undefined) group.stateful = given.stateful
      state.touch(group)
      state.securityGroups.put(group)
    },
    remove(group, caller) {
      if (group.name === 'default' && !caller.isAdmin)
        throw conflict('SecurityGroupCannotRemoveDefault', 'Insufficient rights for removing default security group.')
      for (const port of state.ports.by('project_id', group.projectId)) {
        if (port.securityGroups.includes(group.id))
          throw conflict('SecurityGroupInUse', `Security Group ${group.id} in use.`)
      }
      for (const rule of state.rules.by('security_group_id', group.id)) state.rules.delete(rule.id)
      state.securityGroups.delete(group.id)
    },
  }
}

/** `/v2.0/security-group-rules`. */
export function securityGroupRuleSpec(net: Net): ResourceSpec<SecurityGroupRule, typeof ruleCreate, typeof ruleUpdate> {
  const { state } = net
  return {
    kind: 'security_group_rule',
    isExtension: true,
    listing: {
      table: state.rules,
      plural: 'security_group_rules',
      path: '/v2.0/security-group-rules',
      view: viewRule,
      visible: (rule, caller) => owns(caller, rule.projectId),
      filterable: [
        'id',
        'security_group_id',
        'direction',
        'ethertype',
        'protocol',
        'project_id',
        'port_range_min',
        'port_range_max',
        'remote_ip_prefix',
        'remote_group_id',
        'description',
      ],
    },
    attributes: {
      create: ruleCreate,
      update: ruleUpdate,
      readOnly: ['id', 'created_at', 'updated_at', 'revision_number', 'tags', 'normalized_cidr'],
    },
    create(given, caller) {
      const group = state.securityGroups.get(given.security_group_id)
      if (!group || !owns(caller, group.projectId)) throw notFound('security_group', given.security_group_id)
      const wanted = {
        direction: given.direction,
        ethertype: given.ethertype,
        protocol: given.protocol ?? null,
        portRangeMin: given.port_range_min ?? null,
        portRangeMax: given.port_range_max ?? null,
        remoteIpPrefix: given.remote_ip_prefix ?? null,
        remoteGroupId: given.remote_group_id ?? null,
      }
      const twin = state.rules
        .by('security_group_id', group.id)
        .find((rule) => Object.entries(wanted).every(([key, value]) => Reflect.get(rule, key) === value))
      if (twin) throw conflict('SecurityGroupRuleExists', `Security group rule already exists. Rule id is ${twin.id}.`)
      state.touch(group)
      return addRule(state, group, { ...wanted, description: given.description })
    },
    update(rule, given) {
      if (given.description !== undefined) rule.description = given.description
      state.touch(rule)
    },
    remove(rule) {
      const group = state.securityGroups.get(rule.securityGroupId)
      if (group) state.touch(group)
      state.rules.delete(rule.id)
    },
  }
}
