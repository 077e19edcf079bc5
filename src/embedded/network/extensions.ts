import { ApiError } from '../http/api-error.ts'
import type { RouteTable } from '../http/route-table.ts'

/** Only what this Neutron really does: a client switches features on by this list. */
const EXTENSIONS: readonly (readonly [alias: string, name: string, description: string])[] = [
  ['agent', 'agent', 'The agent management extension.'],
  ['allowed-address-pairs', 'Allowed Address Pairs', 'Provides allowed address pairs'],
  ['availability_zone', 'Availability Zone', 'The availability zone extension.'],
  ['binding', 'Port Binding', 'Expose port bindings of a virtual port to external application'],
  [
    'empty-string-filtering',
    'Empty String Filtering Extension',
    'Allow filtering by attributes with empty string value',
  ],
  [
    'ext-gw-mode',
    'Neutron L3 Configurable external gateway mode',
    'Extension of the router abstraction for specifying whether SNAT should occur on the external gateway',
  ],
  ['external-net', 'Neutron external network', 'Adds external network attribute to network resource.'],
  ['extra_dhcp_opt', 'Neutron Extra DHCP options', 'Extra options configuration for DHCP.'],
  ['extraroute', 'Neutron Extra Route', 'Extra routes configuration for L3 router'],
  [
    'extraroute-atomic',
    'Atomically add/remove extra routes',
    'Edit extra routes of a router on server side by atomically adding/removing extra routes',
  ],
  ['filter-validation', 'Filter parameters validation', 'Provides validation on filter parameters.'],
  ['fip-port-details', 'Floating IP Port Details Extension', 'Add port_details attribute to Floating IP resource'],
  [
    'ip-substring-filtering',
    'IP address substring filtering',
    'Provides IP address substring filtering when listing ports',
  ],
  ['ip_allocation', 'IP Allocation', 'IP allocation extension.'],
  ['l3_agent_scheduler', 'L3 Agent Scheduler', 'Schedule routers among l3 agents'],
  ['net-mtu', 'Network MTU', 'Provides MTU attribute for a network resource.'],
  ['net-mtu-writable', 'Network MTU (writable)', 'Provides a writable MTU attribute for a network resource.'],
  ['pagination', 'Pagination support', 'Extension that indicates that pagination is enabled.'],
  ['port-security', 'Port Security', 'Provides port security'],
  ['project-id', 'project_id field enabled', 'Extension that indicates that project_id field is enabled.'],
  ['provider', 'Provider Network', 'Expose mapping of virtual networks to physical networks'],
  ['quotas', 'Quota management support', 'Expose functions for quotas management per project'],
  ['quota_details', 'Quota details management support', 'Expose functions for quotas usage statistics per project'],
  [
    'router',
    'Neutron L3 Router',
    'Router abstraction for basic L3 forwarding between L2 Neutron networks and access to external networks via a NAT gateway.',
  ],
  ['l3-ha', 'HA Router extension', 'Adds HA capability to routers.'],
  ['security-group', 'security-group', 'The security groups extension.'],
  [
    'service-type',
    'Neutron Service Type Management',
    'API for retrieving service providers for Neutron advanced services',
  ],
  ['sorting', 'Sorting support', 'Extension that indicates that sorting is enabled.'],
  ['standard-attr-description', 'standard-attr-description', 'Extension to add descriptions to standard attributes'],
  [
    'standard-attr-revisions',
    'Resource revision numbers',
    'This extension will display the revision number of neutron resources.',
  ],
  [
    'standard-attr-tag',
    'Tag support for resources with standard attribute: network, subnet, router, port, security_group, floatingip',
    'Enables to set tag on resources with standard attribute.',
  ],
  [
    'standard-attr-timestamp',
    'Resource timestamps',
    'Adds created_at and updated_at fields to all Neutron resources that have Neutron standard attributes.',
  ],
  ['subnet-service-types', 'Subnet service types', 'Provides ability to set the subnet service_types field'],
]

const STATUS_EXTENSION = [
  'dhrouterstatus',
  'Router status',
  'Lets the orchestrator set the status of a router.',
] as const

/** `/v2.0/extensions`. */
export function addExtensionRoutes(
  routes: RouteTable,
  options: { readonly routerStatus: boolean; readonly segments: boolean },
): void {
  const known = EXTENSIONS.filter(([alias]) => options.segments || alias !== 'ip_allocation')
  const all = options.routerStatus ? [...known, STATUS_EXTENSION] : known
  const extensions = all.map(([alias, name, description]) => ({
    name,
    alias,
    description,
    updated: '2022-10-05T00:00:00-00:00',
    links: [],
  }))
  routes
    .on('GET', '/v2.0/extensions', () => ({ status: 200, body: { extensions } }))
    .on('GET', '/v2.0/extensions/{alias}', (request) => {
      const extension = extensions.find((one) => one.alias === request.params.alias)
      if (!extension)
        throw new ApiError(404, 'ExtensionNotFound', `Extension with alias ${request.params.alias} does not exist`)
      return { status: 200, body: { extension } }
    })
}
