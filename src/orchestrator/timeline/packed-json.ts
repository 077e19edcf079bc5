import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'

/** What entries of a timeline and appliance configurations are full of, the most frequent last. */
const DICTIONARY = Buffer.from(
  '"change":"removed","change":"added","change":"changed","path":"networks[internal "before":"after":"hostname":"ak-' +
    '"orchestrator":{"address":"","metadata_port":9697,"host":"floating_ips":[{"floating_ip":"fixed_ip":"labels":{}' +
    '"networks":[{"network_id":"","network_type":"management","external","internal","interface":{"ifname":"ge1",' +
    '"addresses":["fdca:3ba5:a17a:acda:f816:3eff:fe","mtu":1500},"v4_conf_service":"static","v6_conf_service":"static",' +
    '"subnets":[{"id":"","cidr":"10.0.0.0/24","dhcp_enabled":true,"dns_nameservers":[],"host_routes":[],"gateway_ip":""}],' +
    '"allocations":[{"mac_address":"fa:16:3e:","ip_addresses":{"":true},"hostname":".local","device_id":"' +
    '"action":"rebuild","cause":"router.interface.create","floatingip.update.end","port.create.end","router.update.end",' +
    '"source":"notification","accepted":true,"type":"event","from":"booting","to":"up","type":"state","configured",' +
    '"fingerprint":"","result":"accepted","changes":[],"total_changes":0,"type":"config",' +
    '"type":"error","code":"appliance_unreachable","message":"","next_retry_at":null,' +
    '"status":200,"duration_ms":"request_id":null,"shared":false,"requests":1},"service":"glance","service":"appliance","method":"PUT",' +
    '"path":"/v1/system/config","path":"/v1/system/interfaces","service":"nova","path":"/servers","service":"neutron",' +
    '"service":"neutron-rpc","method":"call","path":"sync_routers","method":"GET","path":"/v2.0/ports","path":"routers",' +
    '"status":"ok","duration_ms":1,"request_id":"req-","shared":true,"requests":1},{"seq":8,"at":17,"type":"step","step":"ReplugInstance","action":' +
    '"step":"StopInstance","step":"CheckBoot","step":"CreateInstance","step":"ConfigureInstance","step":"Alive",' +
    '"step":"CalcAction","action":"poll","action":"update","duration_ms":0,"result":"ok"},{"seq":',
)

// Small windows: the texts are short and thousands of them are packed one at a time.
const OPTIONS = {
  level: 3,
  memLevel: 5,
  windowBits: 13,
  dictionary: DICTIONARY,
  strategy: constants.Z_DEFAULT_STRATEGY,
}

/** A value as compressed JSON in a one-byte string: a fraction of what its objects take, and nothing outside the heap. */
export function pack(value: unknown): string {
  return deflateRawSync(JSON.stringify(value), OPTIONS).toString('latin1')
}

/** The value that `pack` took. */
export function unpack(packed: string): unknown {
  return JSON.parse(inflateRawSync(Buffer.from(packed, 'latin1'), OPTIONS).toString())
}
