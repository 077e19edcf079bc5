/** Options of older releases that deployers' files still hold and that nothing replaces one to one: section, name, what to know. */
export const OBSOLETE: ReadonlyMap<string, string> = new Map([
  ['DEFAULT.external_network_id', 'a router finds its external network by its gateway'],
  ['DEFAULT.external_subnet_id', 'a router finds its external subnet by its gateway'],
  ['DEFAULT.external_prefix', 'a router finds its external subnet by its gateway'],
  ['DEFAULT.plug_external_port', 'external ports are never plugged locally'],
  ['DEFAULT.auth_strategy', 'Keystone is always used'],
  ['DEFAULT.ignored_router_directory', 'use `astara ctl resource debug`'],
  ['DEFAULT.rabbit_host', 'write transport_url instead'],
  ['DEFAULT.rabbit_userid', 'write transport_url instead'],
  ['DEFAULT.rabbit_password', 'write transport_url instead'],
  ['DEFAULT.rabbit_hosts', 'write transport_url instead'],
  ['oslo_messaging_rabbit.rabbit_host', 'write [DEFAULT] transport_url instead'],
  ['oslo_messaging_rabbit.rabbit_hosts', 'write [DEFAULT] transport_url instead'],
  ['oslo_messaging_rabbit.rabbit_userid', 'write [DEFAULT] transport_url instead'],
  ['oslo_messaging_rabbit.rabbit_password', 'write [DEFAULT] transport_url instead'],
])
