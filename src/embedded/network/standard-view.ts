import { isoSeconds } from '../times.ts'
import type { Standard } from './model.ts'

/** The fields that end every resource's answer. */
export function standardView(row: Standard): Record<string, unknown> {
  return {
    tags: row.tags,
    created_at: isoSeconds(row.createdAt),
    updated_at: isoSeconds(row.updatedAt),
    revision_number: row.revision,
    project_id: row.projectId,
    tenant_id: row.projectId,
    description: row.description,
  }
}
