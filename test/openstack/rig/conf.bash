# Sourced by up: writes the configuration of every service into $S/etc.
AUTH() {  # AUTH USER: the password-auth options every service section shares
  cat <<E
auth_type = password
auth_url = $KS
username = $1
password = $PW
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = $REGION
E
}
COMMON() {  # COMMON DBNAME USER
  cat <<E
[database]
connection = mysql+pymysql://astara:$PW@127.0.0.1:$MYSQL_PORT/$1?charset=utf8
max_pool_size = 5
[keystone_authtoken]
www_authenticate_uri = http://127.0.0.1:$KEYSTONE_PORT/
service_token_roles_required = true
$(AUTH "$2")
[oslo_concurrency]
lock_path = $S/run
[oslo_middleware]
enable_proxy_headers_parsing = true
[oslo_policy]
enforce_scope = false
enforce_new_defaults = false
[privsep]
helper_command = privsep-helper
E
}
TRANSPORT="transport_url = rabbit://openstack:$PW@127.0.0.1:$RABBIT_PORT/"
cat > "$S/etc/keystone.conf" <<E
[DEFAULT]
log_file =
use_stderr = true
[database]
connection = mysql+pymysql://astara:$PW@127.0.0.1:$MYSQL_PORT/keystone?charset=utf8
max_pool_size = 5
[identity]
# Every log-in costs that much.
password_hash_rounds = 4
[token]
provider = fernet
expiration = $TOKEN_SECONDS
[fernet_tokens]
key_repository = $S/keystone/fernet
[credential]
key_repository = $S/keystone/credential
E
cat > "$S/etc/glance-api.conf" <<E
[DEFAULT]
bind_host = 127.0.0.1
bind_port = $GLANCE_PORT
workers = 0
use_stderr = true
[glance_store]
default_store = file
stores = file
filesystem_store_datadir = $S/glance
[paste_deploy]
flavor = keystone
config_file = /etc/glance/glance-api-paste.ini
$(COMMON glance glance)
E
cat > "$S/etc/placement.conf" <<E
[placement_database]
connection = mysql+pymysql://astara:$PW@127.0.0.1:$MYSQL_PORT/placement?charset=utf8
[api]
auth_strategy = keystone
$(COMMON placement placement)
E
cat > "$S/etc/nova.conf" <<E
[DEFAULT]
$TRANSPORT
host = $HOSTID
my_ip = 127.0.0.1
state_path = $S/nova
compute_driver = fake.FakeDriver
enabled_apis = osapi_compute
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = $NOVA_PORT
osapi_compute_workers = 1
use_stderr = true
instance_name_template = instance-%08x
rpc_response_timeout = 60
vif_plugging_is_fatal = false
vif_plugging_timeout = 0
sync_power_state_interval = -1
heal_instance_info_cache_interval = -1
[wsgi]
api_paste_config = /etc/nova/api-paste.ini
[api_database]
connection = mysql+pymysql://astara:$PW@127.0.0.1:$MYSQL_PORT/nova_api?charset=utf8
max_pool_size = 5
[conductor]
workers = 1
[scheduler]
workers = 1
discover_hosts_in_cells_interval = 30
[vnc]
enabled = false
[glance]
api_servers = http://127.0.0.1:$GLANCE_PORT
[placement]
$(AUTH placement)
[service_user]
send_service_user_token = true
$(AUTH nova)
[neutron]
$(AUTH neutron)
[filter_scheduler]
enabled_filters = ComputeFilter,ImagePropertiesFilter
[quota]
instances = 1000
cores = 10000
ram = 10000000
$(COMMON nova nova)
E
# nova-compute must not see a database (it complains at length if it does)
grep -v '^connection = ' "$S/etc/nova.conf" > "$S/etc/nova-compute.conf"
cat > "$S/etc/neutron.conf" <<E
[DEFAULT]
$TRANSPORT
host = $HOSTID
bind_host = 127.0.0.1
bind_port = $NEUTRON_PORT
state_path = $S/neutron
api_paste_config = /etc/neutron/api-paste.ini
auth_strategy = keystone
core_plugin = ml2
service_plugins = $SERVICE_PLUGINS
api_workers = 1
rpc_workers = 1
rpc_state_report_workers = 0
use_stderr = true
control_exchange = neutron
dhcp_agent_notification = false
notify_nova_on_port_status_changes = true
notify_nova_on_port_data_changes = true
dhcp_agents_per_network = 1
global_physnet_mtu = 1500
[oslo_messaging_notifications]
driver = messagingv2
topics = notifications
[oslo_messaging_rabbit]
rabbit_retry_interval = 1
[experimental]
linuxbridge = true
[agent]
root_helper =
report_interval = 10
[nova]
$(AUTH nova)
[placement]
$(AUTH placement)
[quotas]
default_quota = -1
quota_network = -1
quota_subnet = -1
quota_port = -1
quota_router = -1
quota_floatingip = -1
quota_security_group = -1
quota_security_group_rule = -1
$(COMMON neutron neutron)
E
cat > "$S/etc/ml2.ini" <<E
[ml2]
type_drivers = local,flat,vxlan
tenant_network_types = $TENANT_NET_TYPE
mechanism_drivers = linuxbridge,l2population
extension_drivers = port_security
[ml2_type_flat]
flat_networks = physext
[ml2_type_vxlan]
vni_ranges = 1001:2000
[securitygroup]
enable_security_group = $([ "$FIREWALL" = noop ] && echo false || echo true)
enable_ipset = true
firewall_driver = $FIREWALL
[linux_bridge]
physical_interface_mappings = physext:$EXT_PHYS
[vxlan]
enable_vxlan = $([ "$TENANT_NET_TYPE" = vxlan ] && echo true || echo false)
local_ip = 127.0.0.1
l2_population = true
[agent]
polling_interval = 2
prevent_arp_spoofing = true
quitting_rpc_timeout = 2
E
{ for d in keystone glance placement nova_api nova_cell0 nova neutron; do
    echo "CREATE DATABASE IF NOT EXISTS $d CHARACTER SET utf8;"; done
  echo "CREATE USER IF NOT EXISTS astara@'%' IDENTIFIED BY '$PW';"
  echo "GRANT ALL ON *.* TO astara@'%';"; } > "$S/etc/init.sql"
# RabbitMQ as root under a home of its own, its node name on localhost, epmd on loopback too.
cat > "$S/etc/rabbitmq.conf" <<E
listeners.tcp.1 = 127.0.0.1:$RABBIT_PORT
management.tcp.ip = 127.0.0.1
management.tcp.port = $RABBIT_MGMT_PORT
default_user = openstack
default_pass = $PW
default_user_tags.administrator = true
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
disk_free_limit.absolute = 50MB
log.console = true
log.console.level = info
log.file = false
E
echo '[rabbitmq_management].' > "$S/etc/rabbitmq_plugins"
cat > "$S/etc/rabbitmq.env" <<E
export HOME=$S/rabbitmq ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$((RABBIT_PORT + 30000))
export RABBITMQ_NODENAME=astara@localhost RABBITMQ_NODE_PORT=$RABBIT_PORT
export RABBITMQ_DIST_PORT=$((RABBIT_PORT + 20000)) RABBITMQ_MNESIA_BASE=$S/rabbitmq/mnesia
export RABBITMQ_LOG_BASE=$S/log RABBITMQ_CONFIG_FILE=$S/etc/rabbitmq.conf
export RABBITMQ_ENABLED_PLUGINS_FILE=$S/etc/rabbitmq_plugins RABBITMQ_CONF_ENV_FILE=/dev/null
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
E
