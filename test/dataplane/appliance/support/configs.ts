import { readFileSync } from 'node:fs'

/** A configuration, loosely typed: tests bend it. */
// biome-ignore lint/suspicious/noExplicitAny: tests bend configurations in ways their type forbids
export type Body = any

/** One of the golden configurations. */
export function golden(name: string): Body {
  return JSON.parse(readFileSync(new URL(`../../../fixtures/golden/${name}.config.json`, import.meta.url), 'utf8'))
}

/** Network of the interface `ge<n>`. */
export const networkOn = (body: Body, name: string): Body =>
  body.networks.find((network: Body) => network.interface.ifname === name)

/** A further internal network 10.20.0.0/22 with SLAAC on `ge3`. */
export const secondInternal = (): Body => networkOn(golden('c-dual'), 'ge3')
