import { bool, duration, int, option, str } from '../option.ts'
import { cidr } from '../types/address.ts'
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
  interface_driver: str({
    help:
      'How the orchestrator plugs itself into the management network, for example ' +
      'astara.common.linux.interface.OVSInterfaceDriver. Unset: the machine already has its address there.',
    noEffect: 'not used yet: give the machine an address on the management network by other means',
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
