import { bool, duration, int, option, str } from '../option.ts'
import { cidr, ip } from '../types/address.ts'
import { interfaceDriver } from '../types/interface-driver.ts'
import { port } from '../types/numbers.ts'
import { choice, pattern, uuid } from '../types/text.ts'

/** [DEFAULT]: the management network, how instances are booted on it and how their agents are reached. */
export const MANAGEMENT_OPTIONS = {
  management_network_id: option(uuid, {
    help: 'Neutron network on which the orchestrator reaches its instances. Needed by `astara run`.',
  }),
  management_subnet_id: option(uuid, {
    help: 'Subnet of the management network in which instances get their address. Needed by `astara run`.',
  }),
  management_prefix: option(cidr, {
    default: 'fdca:3ba5:a17a:acda::/64',
    help: 'Prefix of the management subnet. An instance whose management address lies outside is not talked to.',
  }),
  astara_mgt_service_port: option(port, {
    default: 5000,
    help: "Port of the appliances' REST API, where the driver's own section names no other.",
    deprecated: [{ name: 'akanda_mgt_service_port' }],
  }),
  alive_path: option(pattern(/^\/[!-~]*$/, 'path', 'a path that starts with /'), {
    default: '/v1/status/',
    help:
      'What is asked of an appliance to see that it lives: any answer 200 within alive_timeout will do. Original Astara ' +
      'appliance images need /v1/firewall/rules here.',
    reloadable: true,
  }),
  default_instance_flavor: str({
    default: '1',
    help: 'Nova flavor (id or name) of instances whose driver names none.',
  }),
  instance_provider: option(choice('on_demand', 'pez'), {
    default: 'on_demand',
    help: 'Where instances come from: booted when needed, or taken from a pool of booted spares (pez).',
    noEffect: 'not used yet: instances are always booted when needed',
  }),
  astara_boot_command: str({
    default: 'astara-configure-management',
    help: 'Program below /usr/local/bin of the image that cloud-init runs to set up the management address.',
  }),
  ssh_public_key: str({
    default: '/etc/astara/astara.pub',
    help: 'File with the public key that may log in to instances as user astara.',
  }),
  interface_driver: option(interfaceDriver, {
    default: 'none',
    help:
      'Give this machine a port of its own on the management network, and plug it in for the L2 agent that runs here: ' +
      'linuxbridge or openvswitch (the class names of earlier releases are understood). none: the machine has its address ' +
      'there by other means.',
  }),
  ovs_integration_bridge: option(pattern(/^[A-Za-z0-9_.-]{1,15}$/, 'string', 'the name of a bridge'), {
    default: 'br-int',
    help: 'Bridge into which the openvswitch driver plugs the port.',
  }),
  management_address: option(ip, {
    help:
      'Address at which appliances reach this orchestrator. Unset: the one of this machine within management_prefix (that of ' +
      'its own port first), else the first of management_prefix.',
  }),
  neutron_port_security_extension_enabled: bool({
    default: true,
    help: 'Create the ports of instances with port_security_enabled: false. Neutron must offer that extension.',
  }),
  legacy_fallback_mode: bool({
    default: true,
    help: 'Also look for ports that carry the names of the Liberty release (AKANDA:…).',
  }),
  reboot_error_threshold: int({
    default: 5,
    min: 1,
    help: 'A resource goes to ERROR after this many boots in a row that did not bring it up.',
    reloadable: true,
  }),
  boot_timeout: duration({
    default: 600,
    min: 1,
    help: 'Seconds after which a boot that has not come up is given up and the instance replaced.',
    reloadable: true,
  }),
  hotplug_timeout: duration({
    default: 10,
    help: 'Seconds an appliance may take to show an interface that was plugged in or out.',
    reloadable: true,
  }),
}
