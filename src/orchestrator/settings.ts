import type { Config } from '../config/index.ts'
import type { AuthOptions, OpenStackOptions } from '../openstack/index.ts'
import { AstaraError } from '../shared/index.ts'
import type { WorkerSettings } from './worker/worker.ts'

const optional = <K extends string, V>(key: K, value: V | null): { readonly [P in K]?: V } =>
  (value === null ? {} : { [key]: value }) as { readonly [P in K]?: V }

/** Who we are for Keystone, from `[keystone_authtoken]`. */
export function authOptions(config: Config): AuthOptions {
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

/** What a worker needs of the options. Seconds become milliseconds. */
export function workerSettings(config: Config): WorkerSettings {
  const o = config.DEFAULT
  return {
    maxPasses: o.num_worker_threads,
    healthPeriodMs: o.health_check_period * 1_000,
    healthConcurrency: o.health_check_concurrency,
    stallThresholdMs: Math.max(500, (o.alive_timeout * 1_000) / 2),
    retryBaseMs: o.retry_backoff_base * 1_000,
    retryMaxMs: o.retry_backoff_max * 1_000,
    queueWarningThreshold: o.queue_warning_threshold,
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
