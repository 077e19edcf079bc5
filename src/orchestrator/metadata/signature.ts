import { createHmac } from 'node:crypto'

/** What Nova wants in `X-Instance-ID-Signature`: HMAC-SHA256 of the instance's id, in hex. */
export function signInstance(secret: string, instanceId: string): string {
  return createHmac('sha256', secret).update(instanceId).digest('hex')
}
