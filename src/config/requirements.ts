import type { Config } from './config.ts'
import { badConfig, type ConfigProblem, problem } from './problems.ts'
import { type GroupName, label } from './registry.ts'

/**
 * What is still missing to run against a real cloud. Not part of loading: the command line and `--embedded` need none of it.
 * Each problem names the option to set.
 */
export function missingForRun(config: Config): readonly ConfigProblem[] {
  const missing: ConfigProblem[] = []
  const need = (group: GroupName, option: string, why: string): void => {
    const name = label(group, option)
    missing.push(problem({ kind: 'missing', message: `${name} is not set: ${why}`, group, option }))
  }

  const { DEFAULT: common, keystone_authtoken: auth } = config
  if (common.transport_url === null) need('DEFAULT', 'transport_url', 'where the message bus is')
  if (common.management_network_id === null) need('DEFAULT', 'management_network_id', 'where instances are reached')
  if (common.management_subnet_id === null) need('DEFAULT', 'management_subnet_id', 'where instances are reached')
  if (common.metadata_proxy && common.neutron_metadata_proxy_shared_secret?.trim() === '') {
    need(
      'DEFAULT',
      'neutron_metadata_proxy_shared_secret',
      "what Nova's [neutron] metadata_proxy_shared_secret is; or set metadata_proxy to false, and no metadata is served",
    )
  }
  if (!common.enabled_drivers.every((driver) => driver === 'router')) {
    missing.push(
      problem({
        kind: 'value',
        message: '[DEFAULT] enabled_drivers: only router can be made real so far',
        group: 'DEFAULT',
        option: 'enabled_drivers',
      }),
    )
  }
  for (const driver of common.enabled_drivers) {
    if (driver === 'router' && config[driver].image_uuid === null)
      need(driver, 'image_uuid', `the image of ${driver} instances`)
  }

  if (auth.auth_url === null) need('keystone_authtoken', 'auth_url', 'where Keystone is')
  if (auth.auth_type === 'v3applicationcredential') {
    if (auth.application_credential_secret === null) {
      need('keystone_authtoken', 'application_credential_secret', 'auth_type is v3applicationcredential')
    }
    const byName = auth.application_credential_name !== null && (auth.user_id ?? auth.username) !== null
    if (auth.application_credential_id === null && !byName) {
      need('keystone_authtoken', 'application_credential_id', 'or application_credential_name together with a user')
    }
  } else {
    if (auth.username === null && auth.user_id === null) need('keystone_authtoken', 'username', 'or user_id')
    if (auth.password === null) need('keystone_authtoken', 'password', 'the password of that user')
    if (auth.project_name === null && auth.project_id === null) {
      need('keystone_authtoken', 'project_name', 'or project_id')
    }
  }
  return missing
}

/**
 * Throws one AstaraError `bad_config` that names everything that is missing to run against a real cloud. With `lookOnly` a bus need not be
 * named: the cloud can be looked at without one.
 */
export function assertRunnable(config: Config, { lookOnly = false } = {}): void {
  const missing = missingForRun(config).filter(({ option }) => !(lookOnly && option === 'transport_url'))
  if (missing.length > 0) {
    throw badConfig(missing, [
      'Set them in the configuration file (--config-file; without it /etc/astara/orchestrator.ini), or as OS_<GROUP>__<OPTION> in the environment.',
      'Try everything without a cloud: astara run --embedded',
    ])
  }
}
