/** Writes option values as an orchestrator.ini, to be read by `astara run --config-file`. */
export function orchestratorIni(
  overrides: Readonly<Record<string, Readonly<Record<string, string | number>>>>,
  transportUrl: string | null,
): string {
  const bus = transportUrl === null ? {} : { transport_url: transportUrl }
  // Where nothing asks for metadata, Nova has none to give.
  const isServed = overrides.DEFAULT?.neutron_metadata_proxy_shared_secret !== undefined
  const metadata = isServed ? {} : { metadata_proxy: 'false' }
  const groups = Object.entries(overrides).map(([group, options]) => {
    const own = group === 'DEFAULT' ? { ...bus, ...metadata, ...options } : options
    // `$` would be read as the start of a reference to another option.
    const lines = Object.entries(own).map(([name, value]) => `${name} = ${String(value).replaceAll('$', '$$$$')}`)
    return [`[${group}]`, ...lines].join('\n')
  })
  return `${groups.join('\n\n')}\n`
}
