import { z } from 'zod'
import { identifier, ip, label, port } from './fields.ts'

/** What a health monitor says; only passive checks can be made of it. */
const healthMonitor = z.object({
  admin_state_up: z.boolean().default(true),
  type: z.enum(['HTTP', 'HTTPS', 'TCP', 'PING']).default('TCP'),
  delay: z.int().min(1).max(86_400).default(10),
  timeout: z.int().min(1).max(86_400).default(5),
  max_retries: z.int().min(1).max(10).default(3),
})

const sessionPersistence = z.object({ type: z.enum(['SOURCE_IP', 'HTTP_COOKIE', 'APP_COOKIE']) })

const member = z.object({
  id: identifier,
  address: ip,
  protocol_port: port,
  weight: z.int().min(0).max(256).default(1),
  admin_state_up: z.boolean().default(true),
})

const pool = z.object({
  id: identifier,
  name: label.nullish(),
  admin_state_up: z.boolean().default(true),
  protocol: z.enum(['HTTP', 'HTTPS', 'TCP']),
  lb_algorithm: z.enum(['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP']).default('ROUND_ROBIN'),
  healthmonitor: healthMonitor.nullish().transform((value) => value ?? null),
  session_persistence: sessionPersistence.nullish().transform((value) => value ?? null),
  members: z.array(member).max(1024).default([]),
})

const listener = z.object({
  id: identifier,
  name: label.nullish(),
  admin_state_up: z.boolean().default(true),
  protocol: z.enum(['HTTP', 'HTTPS', 'TCP']),
  protocol_port: port,
  default_pool: pool.nullish().transform((value) => value ?? null),
})

/** `services.loadbalancer`: Neutron's LBaaS v2 tree. Names are kept for showing; nothing of them is rendered. */
export const loadBalancer = z.object({
  id: identifier,
  name: label.nullish(),
  admin_state_up: z.boolean().default(true),
  vip_address: ip,
  listeners: z.array(listener).max(256).default([]),
})
