/** Writes option values as an orchestrator.ini, to be read by `astara run --config-file`. */
export function orchestratorIni(
  overrides: Readonly<Record<string, Readonly<Record<string, string | number>>>>,
  transportUrl: string | null,
): string {
  const groups = Object.entries(overrides).map(([group, options]) => {
    const own = group === 'DEFAULT' && transportUrl !== null ? { transport_url: transportUrl, ...options } : options
    // `$` would be read as the start of a reference to another option.
    const lines = Object.entries(own).map(([name, value]) => `${name} = ${String(value).replaceAll('$', '$$$$')}`)
    return [`[${group}]`, ...lines].join('\n')
  })
  return `${groups.join('\n\n')}\n`
}
