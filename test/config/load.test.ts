// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${option} is the syntax under test
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { ConfigOverrides, ConfigProblem, FileReader } from '../../src/config/index.ts'
import { configFromValues, inspectConfig, loadConfig } from '../../src/config/index.ts'
import { ENTRIES } from '../../src/config/registry.ts'
import { AstaraError } from '../../src/shared/index.ts'

const FACTS = { hostname: 'net1', cores: 4 }

/** Files in memory, by path. */
function disk(files: Readonly<Record<string, string>>): FileReader {
  const absent = (path: string): Error => Object.assign(new Error(`ENOENT: no such file, ${path}`), { code: 'ENOENT' })
  return {
    async readFile(path) {
      const found = files[path]
      if (found === undefined) throw absent(path)
      return found
    },
    async readDir(path) {
      const names = Object.keys(files)
        .filter((f) => f.startsWith(`${path}/`))
        .map((f) => f.slice(path.length + 1))
      if (names.length === 0) throw absent(path)
      return names
    },
  }
}

interface Given {
  readonly files?: Readonly<Record<string, string>>
  readonly dirs?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly overrides?: ConfigOverrides
}

const options = ({ files = {}, dirs, env = {}, overrides }: Given) => ({
  files: Object.keys(files).filter((path) => !dirs?.some((dir) => path.startsWith(`${dir}/`))),
  dirs,
  env,
  reader: disk(files),
  facts: FACTS,
  ...(overrides ? { overrides } : {}),
})
const load = (given: Given) => loadConfig(options(given))
const inspectGiven = (given: Given) => inspectConfig(options(given))
/** One file `/a.ini`. */
const ini = (...lines: string[]): Given => ({ files: { '/a.ini': lines.join('\n') } })

async function problemsOf(given: Given): Promise<readonly ConfigProblem[]> {
  return (await inspectGiven(given)).problems
}

describe('defaults', () => {
  it('has every documented option of the original with its default', async () => {
    const { config, warnings, sources } = await load({})
    expect(warnings).toEqual([])
    expect(sources).toEqual([])
    expect(config.DEFAULT).toMatchObject({
      host: 'net1',
      transport_url: null,
      neutron_control_exchange: 'neutron',
      management_network_id: null,
      management_subnet_id: null,
      management_prefix: 'fdca:3ba5:a17a:acda::/64',
      astara_mgt_service_port: 5000,
      default_instance_flavor: '1',
      neutron_port_security_extension_enabled: true,
      legacy_fallback_mode: true,
      alive_timeout: 3,
      config_timeout: 90,
      max_retries: 3,
      retry_delay: 1,
      boot_timeout: 600,
      hotplug_timeout: 10,
      error_state_cooldown: 30,
      reboot_error_threshold: 5,
      queue_warning_threshold: 100,
      health_check_period: 60,
      enabled_drivers: ['router'],
      provider_rules_path: '/etc/astara/provider_rules.json',
      asn: 64512,
      neighbor_asn: 64512,
      ssh_public_key: '/etc/astara/astara.pub',
      instance_provider: 'on_demand',
      astara_boot_command: 'astara-configure-management',
      api_port: 44250,
      nova_metadata_ip: '127.0.0.1',
      nova_metadata_port: 8775,
      astara_metadata_port: 9697,
      neutron_metadata_proxy_shared_secret: null,
      enable_byonf: false,
      hash_partition_exponent: 5,
      auth_region: null,
      endpoint_type: 'publicURL',
    })
    expect(config.router).toEqual({ image_uuid: null, instance_flavor: null, mgt_service_port: null, ipsec_vpn: false })
    expect(config.astara_appliance.max_sleep).toBe(15)
    // Ours are an agent's own: half of agent_down_time at most, as Neutron advises.
    expect(config.AGENT).toEqual({
      report_state: true,
      report_interval: 30,
      availability_zone: 'nova',
      log_agent_heartbeats: false,
    })
    expect(config.coordination).toEqual({
      enabled: false,
      url: null,
      group_id: 'astara.orchestrator',
      heartbeat_interval: 1,
    })
    expect(config.ceilometer).toEqual({ enabled: false, topic: 'notifications.info' })
    expect(config.pez).toEqual({ pool_size: 1, image_uuid: null, flavor: null, rpc_topic: 'astara-pez' })
  })

  it('differs from the original where it says so', async () => {
    const { config } = await load({})
    expect(config.DEFAULT).toMatchObject({ num_worker_processes: 4, num_worker_threads: 1000, api_listen: '127.0.0.1' })
    for (const name of ['num_worker_processes', 'num_worker_threads', 'api_listen']) {
      expect(ENTRIES.find((entry) => entry.name === name)?.option.help).toMatch(/original/)
    }
  })

  it('pitfall D58: defaults are worked out at each load, not when the program starts', async () => {
    const one = await loadConfig({ files: [], env: {}, facts: { hostname: 'a', cores: 1 } })
    const two = await loadConfig({ files: [], env: {}, facts: { hostname: 'b', cores: 8 } })
    expect([one.config.DEFAULT.host, two.config.DEFAULT.host]).toEqual(['a', 'b'])
    expect([one.config.DEFAULT.num_worker_processes, two.config.DEFAULT.num_worker_processes]).toEqual([1, 8])
  })

  it('types every option from the registry', async () => {
    const { config } = await load({})
    expectTypeOf(config.DEFAULT.boot_timeout).toEqualTypeOf<number>()
    expectTypeOf(config.DEFAULT.transport_url).toEqualTypeOf<string | null>()
    expectTypeOf(config.DEFAULT.log_format).toEqualTypeOf<'plain' | 'json'>()
    expectTypeOf(config.DEFAULT.enabled_drivers).toEqualTypeOf<readonly ('router' | 'loadbalancer')[]>()
    expectTypeOf(config.router.ipsec_vpn).toEqualTypeOf<boolean>()
  })
})

describe('which source wins', () => {
  it('a later file wins over an earlier one, folders come after files, sorted', async () => {
    const { config, sources } = await load({
      files: {
        '/a.ini': '[DEFAULT]\nboot_timeout = 1\nalive_timeout = 1\nconfig_timeout = 1\nretry_delay = 1',
        '/b.ini': '[DEFAULT]\nalive_timeout = 2\nconfig_timeout = 2\nretry_delay = 2',
        '/d/10-x.ini': '[DEFAULT]\nconfig_timeout = 3\nretry_delay = 3',
        '/d/20-y.conf': '[DEFAULT]\nretry_delay = 4',
        '/d/30-z.conf~': '[DEFAULT]\nretry_delay = 5',
      },
      dirs: ['/d'],
    })
    expect(sources).toEqual(['/a.ini', '/b.ini', '/d/10-x.ini', '/d/20-y.conf'])
    const { boot_timeout, alive_timeout, config_timeout, retry_delay } = config.DEFAULT
    expect({ boot_timeout, alive_timeout, config_timeout, retry_delay }).toEqual({
      boot_timeout: 1,
      alive_timeout: 2,
      config_timeout: 3,
      retry_delay: 4,
    })
  })

  it('the environment wins over files, an override over everything', async () => {
    const { config } = await load({
      ...ini('[DEFAULT]', 'boot_timeout = 1', 'api_port = 2', '[keystone_authtoken]', 'username = file'),
      env: { OS_DEFAULT__API_PORT: '3', OS_KEYSTONE_AUTHTOKEN__USERNAME: 'env', OS_AGENT__REPORT_INTERVAL: '5' },
      overrides: { DEFAULT: { boot_timeout: 9 } },
    })
    expect(config.DEFAULT.boot_timeout).toBe(9)
    expect(config.DEFAULT.api_port).toBe(3)
    expect(config.keystone_authtoken.username).toBe('env')
    expect(config.AGENT.report_interval).toBe(5)
    expect(config.sourceOf('DEFAULT', 'boot_timeout')).toEqual({ kind: 'override' })
    expect(config.sourceOf('DEFAULT', 'api_port')).toEqual({ kind: 'env', name: 'OS_DEFAULT__API_PORT' })
    expect(config.sourceOf('DEFAULT', 'host')).toEqual({ kind: 'default' })
  })

  it('the last of equal names in a file wins, and its line is told', async () => {
    const { config } = await load(ini('[DEFAULT]', 'api_port = 1', '[router]', '[DEFAULT]', 'api_port = 2'))
    expect(config.DEFAULT.api_port).toBe(2)
    expect(config.sourceOf('DEFAULT', 'api_port')).toEqual({ kind: 'file', file: '/a.ini', line: 5 })
  })

  it('an option that counts each time collects over all files', async () => {
    const { config } = await load({
      files: {
        '/a.ini': '[oslo_messaging_notifications]\ndriver = messagingv2\ndriver = log',
        '/b.ini': '[oslo_messaging_notifications]\ndriver = noop',
      },
    })
    expect(config.oslo_messaging_notifications.driver).toEqual(['messagingv2', 'log', 'noop'])
  })

  it('reads the first default file that exists, when none is named', async () => {
    const read = async (files: Readonly<Record<string, string>>) =>
      (await loadConfig({ env: {}, reader: disk(files), facts: FACTS })).sources
    expect(await read({ '/etc/akanda-rug/rug.ini': '', '/etc/akanda/rug.ini': '' })).toEqual([
      '/etc/akanda-rug/rug.ini',
    ])
    expect(await read({ '/etc/astara/orchestrator.ini': '', '/etc/akanda/rug.ini': '' })).toEqual([
      '/etc/astara/orchestrator.ini',
    ])
    expect(await read({})).toEqual([])
  })

  it('section names count in any case, but [default] is not [DEFAULT]', async () => {
    const { config, warnings } = await load(ini('[Router]', 'ipsec_vpn = on', '[default]', 'api_port = 1'))
    expect(config.router.ipsec_vpn).toBe(true)
    expect(config.DEFAULT.api_port).toBe(44250)
    expect(warnings.map((w) => w.message)).toEqual([
      '[default] api_port is not an option of astara and is ignored; did you mean [DEFAULT] api_port?',
    ])
  })
})

describe('substitution', () => {
  it('looks in the own section first, then in DEFAULT; unset is empty', async () => {
    const { config } = await load(
      ini(
        '[DEFAULT]',
        'host = net7',
        'auth_region = r-$host-$management_subnet_id-${AGENT.availability_zone}-$api_port',
        '[AGENT]',
        'availability_zone = az-$host',
        '[pez]',
        'flavor = $rpc_topic',
      ),
    )
    expect(config.DEFAULT.auth_region).toBe('r-net7--az-net7-44250')
    expect(config.pez.flavor).toBe('astara-pez')
  })

  it('warns about what names no option, without repeating what may be a part of a password', async () => {
    const { config, warnings } = await load(
      ini('[DEFAULT]', 'log_file = $state_path/x.log', '[keystone_authtoken]', 'password = pa$word'),
    )
    expect(config.DEFAULT.log_file).toBe('$state_path/x.log')
    expect(config.keystone_authtoken.password).toBe('pa$word')
    expect(warnings.map((w) => [w.kind, w.line])).toEqual([
      ['unresolved', 2],
      ['unresolved', 4],
    ])
    expect(JSON.stringify(warnings[1])).not.toContain('word"')
    expect(warnings[1]?.message).not.toContain('$word')
  })

  it('refuses a circle, once', async () => {
    const problems = await problemsOf(ini('[DEFAULT]', 'host = $auth_region', 'auth_region = x$host'))
    expect(problems.map((p) => p.message)).toEqual([
      '[DEFAULT] auth_region refers to itself: DEFAULT.host → DEFAULT.auth_region → DEFAULT.host',
    ])
  })

  it('does not blame an option for what it refers to', async () => {
    const problems = await problemsOf(ini('[DEFAULT]', 'api_port = x', 'host = h$api_port'))
    expect(problems.map((p) => p.option)).toEqual(['api_port'])
  })
})

describe('deprecated names', () => {
  it.each([
    ['[DEFAULT]\namqp_url = rabbit://h', 'DEFAULT', 'transport_url', 'rabbit://h'],
    ['[DEFAULT]\nrouter_instance_flavor = 7', 'router', 'instance_flavor', '7'],
    ['[DEFAULT]\nrug_api_port = 1', 'DEFAULT', 'api_port', 1],
    ['[DEFAULT]\nadmin_user = u', 'keystone_authtoken', 'username', 'u'],
    ['[keystone_authtoken]\nauth_plugin = password', 'keystone_authtoken', 'auth_type', 'password'],
    ['[keystone_authtoken]\ntenant_name = t', 'keystone_authtoken', 'project_name', 't'],
    ['[oslo_messaging_rabbit]\nrabbit_use_ssl = 1', 'oslo_messaging_rabbit', 'ssl', true],
    ['[DEFAULT]\nnotification_topics = a,b', 'oslo_messaging_notifications', 'topics', ['a', 'b']],
  ])('%j', async (source, group, option, value) => {
    const { config, warnings } = await load({ files: { '/a.ini': source } })
    expect(config.values()).toHaveProperty([group, option], value)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatchObject({ kind: 'deprecated', file: '/a.ini', line: 2 })
    expect(warnings[0]?.message).toContain(`write [${group}] ${option} instead`)
  })

  it('one old name may set two options', async () => {
    const { config, warnings } = await load(ini('[DEFAULT]', 'akanda_mgt_service_port = 5001'))
    expect(config.DEFAULT.astara_mgt_service_port).toBe(5001)
    expect(config.router.mgt_service_port).toBe(5001)
    expect(warnings.map((w) => w.message)).toEqual([
      '[DEFAULT] akanda_mgt_service_port is deprecated: write [DEFAULT] astara_mgt_service_port and [router] mgt_service_port instead',
    ])
  })

  it('in one file the current name wins; an old name in a later file wins over the current one in an earlier', async () => {
    const id = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`
    const now = `[router]\nimage_uuid = ${id(1)}`
    const old = `[DEFAULT]\nrouter_image_uuid = ${id(2)}`
    expect((await load({ files: { '/a.ini': `${now}\n${old}` } })).config.router.image_uuid).toBe(id(1))
    expect((await load({ files: { '/a.ini': now, '/b.ini': old } })).config.router.image_uuid).toBe(id(2))
    const { config, warnings } = await load({
      files: { '/a.ini': now },
      env: { OS_DEFAULT__ROUTER_IMAGE_UUID: id(3) },
    })
    expect(config.router.image_uuid).toBe(id(3))
    expect(warnings[0]?.message).toContain('environment OS_DEFAULT__ROUTER_IMAGE_UUID: ')
  })

  it('warns once for each name, however often it is written', async () => {
    const { warnings } = await load({
      files: {
        '/a.ini': '[DEFAULT]\namqp_url = rabbit://a\namqp_url = rabbit://b',
        '/b.ini': '[DEFAULT]\namqp_url = rabbit://c',
      },
    })
    expect(warnings.map((w) => `${w.file}:${w.line}`)).toEqual(['/a.ini:2'])
  })

  it('tells what has no effect any more', async () => {
    const { warnings } = await load(ini('[DEFAULT]', 'verbose = true', 'external_prefix = 172.16.77.0/24'))
    expect(warnings.map((w) => w.kind)).toEqual(['no_effect', 'no_effect'])
  })
})

describe('unknown options', () => {
  it('are ignored with one warning each, wherever they stand', async () => {
    const { warnings } = await load({
      files: { '/a.ini': '[DEFAULT]\nboot_timout = 5\nboot_timout = 6\n[filter]\npaste = x' },
      env: { OS_ROUTER__IMAGE_UIUD: 'x', OS_NOT_OURS__X: 'y', OS_AUTH_URL: 'z', OS_CLOUD: 'c' },
    })
    expect(warnings.map((w) => w.message)).toEqual([
      '[DEFAULT] boot_timout is not an option of astara and is ignored; did you mean [DEFAULT] boot_timeout?',
      '[filter] paste is not an option of astara and is ignored',
      'environment OS_ROUTER__IMAGE_UIUD: [router] image_uiud is not an option of astara and is ignored; did you mean [router] image_uuid?',
    ])
  })

  it('a name with dashes is unknown, as in oslo.config, but the right one is suggested', async () => {
    const { config, warnings } = await load(ini('[keystone_authtoken]', 'auth-url = http://k'))
    expect(config.keystone_authtoken.auth_url).toBeNull()
    expect(warnings[0]?.message).toMatch(/did you mean \[keystone_authtoken\] auth_url\?/)
  })
})

describe('mistakes', () => {
  it('are all told at once, each with file, line, option, value and what is allowed', async () => {
    const given: Given = {
      files: {
        '/a.ini': '[DEFAULT]\nboot_timeout = 10x\napi_port = 70000\njunk\nenabled_drivers = router,firewall',
        '/b.ini': '[router]\nimage_uuid = latest\nipsec_vpn = maybe',
      },
      env: { OS_DEFAULT__MAX_RETRIES: 'many' },
    }
    const error = await load(given).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AstaraError)
    if (!(error instanceof AstaraError)) return
    expect(error.code).toBe('bad_config')
    expect(error.exit).toBe(2)
    expect(error.message.split('\n')).toEqual([
      'The configuration has 7 problems:',
      '  /a.ini:4: expected "option = value" or "[section]"',
      '  /a.ini:5: [DEFAULT] enabled_drivers = "router,firewall" is refused: expected values separated by commas, each one of router, loadbalancer',
      '  /a.ini:2: [DEFAULT] boot_timeout = "10x" is refused: expected a number of seconds of at least 1',
      '  environment OS_DEFAULT__MAX_RETRIES: [DEFAULT] max_retries = "many" is refused: expected a whole number from 1 to 100',
      '  /a.ini:3: [DEFAULT] api_port = "70000" is refused: expected a whole number from 0 to 65535',
      '  /b.ini:2: [router] image_uuid = "latest" is refused: expected a UUID such as 7c1a2b3c-4d5e-4f60-8172-93a4b5c6d7e8',
      '  /b.ini:3: [router] ipsec_vpn = "maybe" is refused: expected true, 1, on or yes; false, 0, off or no',
    ])
    expect(error.details.problems).toContainEqual({
      kind: 'value',
      message: '[DEFAULT] boot_timeout = "10x" is refused: expected a number of seconds of at least 1',
      file: '/a.ini',
      line: 2,
      env: null,
      group: 'DEFAULT',
      option: 'boot_timeout',
      value: '10x',
      allowed: 'a number of seconds of at least 1',
    })
  })

  it('a named file or folder must be readable; a default file need not exist, but must be readable', async () => {
    const reader = disk({})
    const { problems } = await inspectConfig({ files: ['/no.ini'], dirs: ['/no.d'], env: {}, reader, facts: FACTS })
    expect(problems.map((p) => [p.kind, p.file, p.message])).toEqual([
      ['unreadable', '/no.ini', 'this file cannot be read: it does not exist'],
      ['unreadable', '/no.d', 'this folder cannot be read: it does not exist'],
    ])
    const forbidden: FileReader = {
      ...reader,
      readFile: () => Promise.reject(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })),
    }
    const refused = await inspectConfig({ env: {}, reader: forbidden, facts: FACTS })
    expect(refused.problems.map((p) => p.file)).toEqual(['/etc/astara/orchestrator.ini'])
  })

  it('an empty value unsets an option without default, and is refused where a value is needed', async () => {
    const { config } = await load({
      files: { '/a.ini': '[router]\ninstance_flavor = 7', '/b.ini': '[router]\ninstance_flavor =\nimage_uuid =' },
    })
    expect(config.router.instance_flavor).toBeNull()
    expect(config.router.image_uuid).toBeNull()
    const problems = await problemsOf(ini('[DEFAULT]', 'boot_timeout ='))
    expect(problems[0]?.message).toBe(
      '[DEFAULT] boot_timeout = (empty) is refused: expected a number of seconds of at least 1',
    )
  })

  it('a value that is overridden later is not judged', async () => {
    const { config } = await load({
      files: { '/a.ini': '[DEFAULT]\napi_port = x', '/b.ini': '[DEFAULT]\napi_port = 1' },
    })
    expect(config.DEFAULT.api_port).toBe(1)
  })

  it('property: whatever the files hold, loading tells or works, never crashes', async () => {
    const key = fc.oneof(fc.constantFrom(...ENTRIES.map((entry) => entry.name)), fc.string())
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('$host', '$$', '${DEFAULT.api_port}', '"', ',', 'rabbit://u:p@h'),
    )
    const section = fc.oneof(fc.constantFrom(...ENTRIES.map((entry) => entry.group)), fc.string())
    const line = fc.oneof(
      fc.tuple(key, value).map(([k, v]) => `${k} = ${v}`),
      section.map((name) => `[${name}]`),
      fc.string(),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (lines) => {
        const { config, problems } = await inspectGiven(ini(...lines))
        expect(Array.isArray(problems)).toBe(true)
        expect(Object.keys(config)).toContain('DEFAULT')
      }),
    )
  })
})

describe('secrets', () => {
  const SECRET = 'hunter2'
  const given = ini(
    '[DEFAULT]',
    `transport_url = rabbit://user:${SECRET}@h1:5672/`,
    `neutron_metadata_proxy_shared_secret = ${SECRET}`,
    'log_file = /tmp/$neutron_metadata_proxy_shared_secret',
    '[keystone_authtoken]',
    `password = ${SECRET}`,
    `application_credential_secret = ${SECRET}`,
    '[database]',
    `connection = mysql://astara:${SECRET}@db/astara`,
    '[coordination]',
    `url = etcd3://user:${SECRET}@etcd:2379`,
  )

  it('pitfall D59: a configuration that is logged, printed or made JSON shows no secret, in whole or by section', async () => {
    const { config } = await load(given)
    expect(config.keystone_authtoken.password).toBe(SECRET)
    const shown = [
      JSON.stringify(config),
      JSON.stringify({ deep: { config: config.DEFAULT, auth: config.keystone_authtoken } }),
      JSON.stringify(config.shown()),
      inspect(config, { depth: 9, showHidden: false }),
      inspect(config.DEFAULT),
      inspect({ auth: config.keystone_authtoken }),
    ]
    for (const text of shown) expect(text).not.toContain(SECRET)
    expect(shown[0]).toContain('rabbit://***@h1:5672/')
  })

  it('pitfall D59: a refused secret is not shown either, and neither is what contains one', async () => {
    const problems = await problemsOf(
      ini(
        '[DEFAULT]',
        `transport_url = user:${SECRET}@h1`,
        `neutron_metadata_proxy_shared_secret = ${SECRET}`,
        'api_port = $neutron_metadata_proxy_shared_secret',
      ),
    )
    expect(problems.map((p) => p.option).sort()).toEqual(['api_port', 'transport_url'])
    expect(JSON.stringify(problems)).not.toContain(SECRET)
  })

  it('every option that holds a password, secret or credentials is marked secret', () => {
    const suspicious = ENTRIES.filter(({ name }) => /password|secret$|transport_url|connection|^url$/.test(name))
    expect(suspicious.length).toBeGreaterThanOrEqual(6)
    expect(suspicious.filter(({ option }) => !option.secret).map(({ id }) => id)).toEqual([])
  })
})

describe('the configuration object', () => {
  it('cannot be changed', async () => {
    const { config } = await load({})
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.DEFAULT)).toBe(true)
  })

  it('travels to another process as plain values and is the same there', async () => {
    const { config } = await load(ini('[DEFAULT]', 'transport_url = rabbit://u:p@h', 'enabled_drivers = router'))
    const there = configFromValues(structuredClone(config.values()))
    expect(there.values()).toEqual(config.values())
    expect(there.DEFAULT.transport_url).toBe('rabbit://u:p@h')
    expect(JSON.stringify(there)).not.toContain('u:p')
  })

  it('pitfall D28: reading again gives a new object with what the same files and flags say now', async () => {
    const files: Record<string, string> = { '/a.ini': '[DEFAULT]\nboot_timeout = 5' }
    const again = {
      files: ['/a.ini'],
      env: {},
      reader: disk(files),
      facts: FACTS,
      overrides: { DEFAULT: { host: 'h' } },
    }
    const before = await loadConfig(again)
    files['/a.ini'] = '[DEFAULT]\nboot_timeout = 6'
    const after = await loadConfig(again)
    expect([before.config.DEFAULT.boot_timeout, after.config.DEFAULT.boot_timeout]).toEqual([5, 6])
    expect(after.config.DEFAULT.host).toBe('h')
  })
})
