#!/usr/bin/python3
"""Idempotent seeding of the test cloud; called by up.

  identity   users, services and endpoints in Keystone
  resources  networks, image, flavor; writes openrc, clouds.yaml, ids.env

Plain REST with `requests` (python3-requests is a dependency of everything
installed): the openstack CLI needs 2-3 s of imports for every command.
"""
import os
import sys
import time

import requests

E = os.environ
S, PW, KS, REGION = E['ASTARA_RIG'], E['OS_PASSWORD'], E['OS_AUTH_URL'], E['OS_REGION_NAME']
NOVA = 'http://127.0.0.1:%s/v2.1' % E['NOVA_PORT']
NEUTRON = 'http://127.0.0.1:%s' % E['NEUTRON_PORT']
GLANCE = 'http://127.0.0.1:%s' % E['GLANCE_PORT']
PLACEMENT = 'http://127.0.0.1:%s' % E['PLACEMENT_PORT']
SERVICES = [('keystone', 'identity', KS), ('glance', 'image', GLANCE),
            ('placement', 'placement', PLACEMENT), ('nova', 'compute', NOVA),
            ('neutron', 'network', NEUTRON)]
http = requests.Session()


def call(method, url, body=None, ok=(200, 201, 202, 204, 300), **kw):
    r = http.request(method, url, json=body, timeout=60, **kw)
    if r.status_code not in ok:
        sys.exit('%s %s -> %s %s' % (method, url, r.status_code, r.text))
    return r.json() if r.content and 'json' in r.headers.get('content-type', '') else r


def login():
    body = {'auth': {
        'identity': {'methods': ['password'], 'password': {'user': {
            'name': 'admin', 'password': PW, 'domain': {'name': 'Default'}}}},
        'scope': {'project': {'name': 'admin', 'domain': {'name': 'Default'}}}}}
    r = http.post(KS + '/auth/tokens', json=body, timeout=60)
    r.raise_for_status()
    http.headers['X-Auth-Token'] = r.headers['X-Subject-Token']
    return r.json()['token']


def ensure(url, kind, match, body):
    """The `kind` whose fields equal `match`, created from match+body if absent."""
    found = [o for o in call('GET', url, params=match)[kind + 's']
             if all(o.get(k) == v for k, v in match.items())]
    return found[0] if found else call('POST', url, {kind: dict(match, **body)})[kind]


def identity():
    login()
    service = ensure(KS + '/projects', 'project', {'name': 'service'}, {'domain_id': 'default'})
    roles = {r['name']: r['id'] for r in call('GET', KS + '/roles')['roles']}
    role = ensure(KS + '/roles', 'role', {'name': 'service'}, {})['id']
    for name in ('glance', 'placement', 'nova', 'neutron', 'astara'):
        user = ensure(KS + '/users', 'user', {'name': name},
                      {'domain_id': 'default', 'password': PW})
        for r in (roles['admin'], role):
            call('PUT', '%s/projects/%s/users/%s/roles/%s' % (KS, service['id'], user['id'], r))
    # a plain tenant, for tests that want one
    demo = ensure(KS + '/projects', 'project', {'name': 'demo'}, {'domain_id': 'default'})
    user = ensure(KS + '/users', 'user', {'name': 'demo'},
                  {'domain_id': 'default', 'password': PW})
    call('PUT', '%s/projects/%s/users/%s/roles/%s' % (KS, demo['id'], user['id'], roles['member']))
    for name, type_, url in SERVICES:
        svc = ensure(KS + '/services', 'service', {'name': name, 'type': type_}, {})
        for interface in ('public', 'internal', 'admin'):
            ensure(KS + '/endpoints', 'endpoint',
                   {'service_id': svc['id'], 'interface': interface},
                   {'url': url, 'region_id': REGION})


def resources():
    token = login()
    net = NEUTRON + '/v2.0/'
    project = token['project']['id']
    mgt = ensure(net + 'networks', 'network', {'name': 'mgt', 'project_id': project},
                 {'admin_state_up': True, 'shared': False})
    mgt_sub = ensure(net + 'subnets', 'subnet', {'name': 'mgt', 'network_id': mgt['id']},
                     {'ip_version': 6, 'cidr': 'fdca:3ba5:a17a:acda::/64', 'enable_dhcp': True,
                      'ipv6_address_mode': 'slaac', 'ipv6_ra_mode': 'slaac',
                      'project_id': project})
    ext = ensure(net + 'networks', 'network', {'name': 'public', 'project_id': project},
                 {'router:external': True, 'provider:network_type': 'flat',
                  'provider:physical_network': 'physext'})
    ext_sub = ensure(net + 'subnets', 'subnet', {'name': 'public', 'network_id': ext['id']},
                     {'ip_version': 4, 'cidr': '172.24.4.0/24', 'gateway_ip': '172.24.4.1',
                      'enable_dhcp': False, 'project_id': project,
                      'allocation_pools': [{'start': '172.24.4.10', 'end': '172.24.4.250'}]})
    images = call('GET', GLANCE + '/v2/images', params={'name': 'astara'})['images']
    image = images[0] if images else call('POST', GLANCE + '/v2/images', {
        'name': 'astara', 'disk_format': 'raw', 'container_format': 'bare',
        'visibility': 'public'})
    if image['status'] == 'queued':
        call('PUT', '%s/v2/images/%s/file' % (GLANCE, image['id']), data=b'astara\n' * 64,
             headers={'Content-Type': 'application/octet-stream'})
    flavors = [f for f in call('GET', NOVA + '/flavors')['flavors'] if f['name'] == 'm1.astara']
    flavor = flavors[0] if flavors else call('POST', NOVA + '/flavors', {'flavor': {
        'name': 'm1.astara', 'ram': 64, 'vcpus': 1, 'disk': 1, 'id': '511'}})['flavor']
    for _ in range(240):          # the compute node and the L2 agent report in
        agents = {a['binary']: a['alive'] for a in call('GET', net + 'agents')['agents']}
        hyper = call('GET', NOVA + '/os-hypervisors')['hypervisors']
        if agents.get('neutron-linuxbridge-agent') and hyper:
            break
        # nova lists a hypervisor only once the host is mapped into a cell
        services = call('GET', NOVA + '/os-services', params={'binary': 'nova-compute'})
        if agents.get('neutron-linuxbridge-agent') and services['services']:
            break
        time.sleep(0.5)
    else:
        sys.exit('nova-compute or neutron-linuxbridge-agent never reported')

    write('openrc', ''.join('export %s=%s\n' % kv for kv in [
        ('OS_AUTH_URL', KS), ('OS_IDENTITY_API_VERSION', '3'), ('OS_AUTH_TYPE', 'password'),
        ('OS_USERNAME', 'admin'), ('OS_PASSWORD', PW), ('OS_PROJECT_NAME', 'admin'),
        ('OS_USER_DOMAIN_NAME', 'Default'), ('OS_PROJECT_DOMAIN_NAME', 'Default'),
        ('OS_REGION_NAME', REGION), ('OS_INTERFACE', 'public')]))
    cloud = ('  %s:\n    region_name: %s\n    identity_api_version: 3\n    auth:\n'
             '      auth_url: %s\n      username: %s\n      password: %s\n'
             '      project_name: %s\n      user_domain_name: Default\n'
             '      project_domain_name: Default\n')
    write('clouds.yaml', 'clouds:\n' + ''.join(cloud % (n, REGION, KS, u, PW, p) for n, u, p in [
        ('astara-test', 'admin', 'admin'), ('astara-service', 'astara', 'service'),
        ('astara-demo', 'demo', 'demo')]))
    write('ids.env', ''.join('%s=%s\n' % kv for kv in [
        ('MGT_NETWORK_ID', mgt['id']), ('MGT_SUBNET_ID', mgt_sub['id']),
        ('MGT_PREFIX', mgt_sub['cidr']), ('EXT_NETWORK_ID', ext['id']),
        ('EXT_SUBNET_ID', ext_sub['id']), ('EXT_PREFIX', ext_sub['cidr']),
        ('EXT_DEV', E['EXT_DEV']), ('IMAGE_ID', image['id']), ('FLAVOR_ID', flavor['id']),
        ('ADMIN_PROJECT_ID', project), ('OS_HOST', E['OS_HOST']),
        ('AMQP_URL', 'amqp://openstack:%s@127.0.0.1:%s/' % (PW, E['RABBIT_PORT'])),
        ('RABBIT_MGMT_URL', 'http://openstack:%s@127.0.0.1:%s/' % (PW, E['RABBIT_MGMT_PORT'])),
        ('MYSQL_URL', 'mysql+pymysql://astara:%s@127.0.0.1:%s/' % (PW, E['MYSQL_PORT']))]))


def write(name, text):
    with open(os.path.join(S, name + '.new'), 'w') as f:
        f.write(text)
    os.rename(f.name, os.path.join(S, name))


globals()[sys.argv[1]]()
