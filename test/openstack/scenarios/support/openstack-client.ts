import { execFile } from 'node:child_process'

/** Runs the `openstack` client as a cloud of a clouds.yaml. Throws with what it said when it fails. */
export function openstackClient(cloudsYaml: string, cloud: string, words: readonly string[]): Promise<string> {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('OS_'))
  return new Promise((resolve, reject) => {
    execFile(
      'openstack',
      ['--os-cloud', cloud, ...words],
      { env: { ...Object.fromEntries(others), OS_CLIENT_CONFIG_FILE: cloudsYaml }, timeout: 120_000 },
      (error, stdout, stderr) =>
        error ? reject(new Error(`openstack ${words.join(' ')}: ${stderr.trim()}`)) : resolve(stdout.trim()),
    )
  })
}
