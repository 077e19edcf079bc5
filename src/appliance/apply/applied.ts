import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Files } from '../system/files.ts'

const digest = z.string().nullable()

const appliedSchema = z.object({
  /** Per family: what we rendered, and what the kernel said it had then. */
  firewall: z.object({
    rendered: z.object({ 4: digest, 6: digest }),
    live: z.object({ 4: digest, 6: digest }),
  }),
  accounting: digest,
  /** Address → MAC of each lease that the running dnsmasq may hold. */
  leaseOwners: z.record(z.string(), z.string()),
})

/**
 * What was last put into the kernel, so that the next look can tell "as we left it" from "somebody changed it". Digests only;
 * kept in the run folder because the kernel's state does not outlive a boot either.
 */
export type Applied = z.output<typeof appliedSchema>

/** Nothing was applied yet. */
const nothingApplied = (): Applied => ({
  firewall: { rendered: { 4: null, 6: null }, live: { 4: null, 6: null } },
  accounting: null,
  leaseOwners: {},
})

/** Reads the record; one that cannot be read counts as none, which only means that everything is set again. */
export async function loadApplied(files: Files, path: string): Promise<Applied> {
  const text = await files.read(path).catch(() => null)
  if (text === null) return nothingApplied()
  try {
    return appliedSchema.parse(JSON.parse(text))
  } catch {
    return nothingApplied()
  }
}

/** Short fingerprint of a text. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url')
