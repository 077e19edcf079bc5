import { readFileSync } from 'node:fs'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import type { Config } from '../config/index.ts'
import type { AuthOptions, OpenStackOptions } from '../openstack/index.ts'
import { AstaraError, messageOf } from '../shared/index.ts'
import type { RouterConfigSettings } from './drivers/index.ts'
import type { InstanceSettings, ReplacementLimits } from './instances/index.ts'
import { ownAddressIn } from './management-port/index.ts'
import type { WorkerSettings } from './worker/options.ts'
import type { Share } from './worker/protocol.ts'

const optional = <K extends string, V>(key: K, value: V | null): { readonly [P in K]?: V } =>
  (value === null ? {} : { [key]: value }) as { readonly [P in K]?: V }

/** Who we are for Keystone, from `[keystone_authtoken]`. */
function authOptions(config: Config): AuthOptions {
  const auth = config.keystone_authtoken
  if (auth.auth_url === null) {
    throw new AstaraError('bad_config', '[keystone_authtoken] auth_url is not set', {
      suggestions: ['Set it to the address of Keystone, for example http://controller:5000/v3.'],
    })
  }
  return {
    authUrl: auth.auth_url,
    method: auth.auth_type === 'v3applicationcredential' ? 'application_credential' : 'password',
    ...optional('username', auth.username),
    ...optional('userId', auth.user_id),
    ...optional('password', auth.password),
    ...optional('userDomainName', auth.user_domain_name),
    ...optional('userDomainId', auth.user_domain_id),
    ...optional('projectName', auth.project_name),
    ...optional('projectId', auth.project_id),
    ...optional('projectDomainName', auth.project_domain_name),
    ...optional('projectDomainId', auth.project_domain_id),
    ...optional('applicationCredentialId', auth.application_credential_id),
    ...optional('applicationCredentialName', auth.application_credential_name),
    ...optional('applicationCredentialSecret', auth.application_credential_secret),
    ...optional('cafile', auth.cafile),
    insecure: auth.insecure,
  }
}

const WHOLE: Share = { index: 0, of: 1 }

/** What a worker needs of the options. Seconds become milliseconds. */
export function workerSettings(config: Config, share: Share = WHOLE): WorkerSettings {
  const o = config.DEFAULT
  return {
    maxPasses: o.num_worker_threads,
    healthPeriodMs: o.health_check_period * 1_000,
    healthConcurrency: Math.max(1, shareOf(o.health_check_concurrency, share)),
    stallThresholdMs: Math.max(500, (o.alive_timeout * 1_000) / 2),
    retryBaseMs: o.retry_backoff_base * 1_000,
    retryMaxMs: o.retry_backoff_max * 1_000,
    queueWarningThreshold: o.queue_warning_threshold,
    timelineEntries: o.timeline_entries,
  }
}

/** How the OpenStack clients of this orchestrator are made: whom they are, where the services are, how hard they may be pressed. */
export function openStackOptions(config: Config): Omit<OpenStackOptions, 'clock' | 'random' | 'logger' | 'onCall'> {
  const o = config.DEFAULT
  const timeouts = { headersMs: o.openstack_timeout * 1_000 }
  return {
    auth: authOptions(config),
    region: o.auth_region ?? undefined,
    interface: o.endpoint_type,
    concurrency: { neutron: o.neutron_concurrency, nova: o.nova_concurrency },
    timeouts: { neutron: timeouts, nova: timeouts, glance: timeouts },
    userAgent: 'astara',
  }
}

/** The option values that instances need. Throws AstaraError `bad_config` when one of the needed ones is missing. */
export function instanceSettings(config: Config): InstanceSettings {
  const o = config.DEFAULT
  if (o.management_network_id === null) {
    throw new AstaraError('bad_config', '[DEFAULT] management_network_id is not set')
  }
  return {
    agentHost: config.AGENT.report_state ? o.host : null,
    managementNetworkId: o.management_network_id,
    managementSubnetId: o.management_subnet_id,
    managementPrefix: o.management_prefix,
    portSecurity: o.neutron_port_security_extension_enabled,
    legacyFallback: o.legacy_fallback_mode,
    maxRetries: o.max_retries,
    retryDelayMs: o.retry_delay * 1_000,
    bootTimeoutMs: o.boot_timeout * 1_000,
    bootCheckIntervalMs: o.boot_check_interval * 1_000,
    aliveTimeoutMs: o.alive_timeout * 1_000,
    hotplugTimeoutMs: o.hotplug_timeout * 1_000,
    errorCooldownMs: o.error_state_cooldown * 1_000,
    rebootErrorThreshold: o.reboot_error_threshold,
    bootCommand: o.astara_boot_command,
    sshPublicKey: readOptional(o.ssh_public_key),
  }
}

/** What keeps mass failure from becoming a storm, this worker's share of it. */
export interface StormLimits {
  /** Servers that may be asked of Nova at the same time. */
  readonly boots: number
  readonly replacements: ReplacementLimits
}

/** A worker's share of what the options allow the whole orchestrator. */
export function stormLimits(config: Config, share: Share = WHOLE): StormLimits {
  const { boot_concurrency: boots, replace_rate: rate, replace_burst: burst } = config.DEFAULT
  return {
    boots: Math.max(1, shareOf(boots, share)),
    replacements: { perMinute: rate / share.of, burst: shareOf(burst, share) },
  }
}

/** Whole parts that add up to the whole. */
function shareOf(whole: number, { index, of }: Share): number {
  return Math.floor(whole / of) + (index < whole % of ? 1 : 0)
}

/** What goes into every router's configuration. Missing provider rules mean none; unreadable ones are an error. */
export function routerConfigSettings(config: Config): RouterConfigSettings {
  const o = config.DEFAULT
  const rules = readOptional(o.provider_rules_path)
  return {
    asn: o.asn,
    neighborAsn: o.neighbor_asn,
    labels: rules === null ? {} : parseLabels(rules, o.provider_rules_path),
    orchestrator: {
      address: managementAddress(config),
      metadata_port: o.astara_metadata_port,
      host: o.host,
    },
  }
}

const ProviderRules = z.object({ labels: z.record(z.string(), z.array(z.string())).default({}) })

function parseLabels(text: string, path: string): Readonly<Record<string, readonly string[]>> {
  try {
    return ProviderRules.parse(JSON.parse(text)).labels
  } catch (error) {
    throw new AstaraError(
      'bad_config',
      `[DEFAULT] provider_rules_path: ${path} is not as expected: ${messageOf(error)}`,
      {
        cause: error,
        suggestions: ['It holds JSON such as {"labels": {"external": ["192.0.2.0/24"]}}.'],
      },
    )
  }
}

/** Content of a file, or null when there is none. */
function readOptional(path: string | null): string | null {
  if (path === null) return null
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new AstaraError('bad_config', `cannot read ${path}: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * Where appliances reach this orchestrator: as the options say, else where this machine is on the management network, else the first
 * address of the prefix.
 */
export function managementAddress(config: Config): string {
  const { management_address: chosen, management_prefix: prefix } = config.DEFAULT
  return chosen ?? ownAddressIn(prefix) ?? firstAddress(prefix)
}

function firstAddress(prefix: string): string {
  const [address, length] = ipaddr.parseCIDR(prefix)
  const bytes = (
    address.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(prefix) : ipaddr.IPv6.networkAddressFromCIDR(prefix)
  ).toByteArray()
  const hostBits = bytes.length * 8 - length
  if (hostBits > 0) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 1
  return ipaddr.fromByteArray(bytes).toString()
}
