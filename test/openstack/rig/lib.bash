# Sourced by everything here: where things are, and how a daemon is started, awaited and stopped.
# All of it runs inside the rig's own namespaces (see ../harness), so the ports are the rig's alone.
RIG=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
S=${ASTARA_RIG:?the folder of the state: set by the harness}
HOSTID=${OS_HOST:-$(hostname)}                      # `host` of nova-compute and of all neutron agents
PW=secret                                           # every password, everywhere
REGION=RegionOne
MYSQL_PORT=3307 RABBIT_PORT=5673 RABBIT_MGMT_PORT=15673
KEYSTONE_PORT=35357 GLANCE_PORT=9292 PLACEMENT_PORT=8778 NOVA_PORT=8774 NEUTRON_PORT=9696
TENANT_NET_TYPE=${TENANT_NET_TYPE:-local}           # or: vxlan
FIREWALL=${FIREWALL:-iptables}                      # or: noop
# `segments` makes ports show ip_allocation=none, without which Nova refuses to boot a
# server on a port without addresses, such as astara's VRRP ports.
SERVICE_PLUGINS=${SERVICE_PLUGINS:-router,segments}
TOKEN_SECONDS=${TOKEN_SECONDS:-86400}               # how long a Keystone token lives
KS=http://127.0.0.1:$KEYSTONE_PORT/v3
EXT_DEV=astara-ext EXT_PHYS=astara-phys             # veth: the outside world's 172.24.4.1 | the external network's wire
PY=/usr/bin/python3
export PATH=$RIG/bin:/usr/sbin:/sbin:/usr/bin:/bin LC_ALL=C.UTF-8
T0=$(date +%s)
say() { printf '[%3ds] %s\n' $(( $(date +%s) - T0 )) "$*" >&2; }
die() { say "FAILED: $*"; exit 1; }
# The end of a log on stderr, then the end of everything: whoever reads only the test's output still sees why.
die_of() { say "FAILED: $1: the end of $S/log/$2.log:"; tail -n 30 "$S/log/$2.log" >&2; exit 1; }

NEUTRON_CONF=(--config-file "$S/etc/neutron.conf" --config-file "$S/etc/ml2.ini")
NOVA_CONF=(--config-file "$S/etc/nova.conf")
DAEMONS="mariadb rabbitmq keystone placement glance-api neutron-server nova-api nova-conductor nova-scheduler
  nova-compute neutron-linuxbridge-agent"

start_time() { awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null; }
state() { awk '{ sub(/.*\) /, ""); print $1 }' "/proc/$1/stat" 2>/dev/null; }
# A recorded pid counts only while it is still the same process, and not a zombie. Sets $pid.
alive() {
  local started; pid=; [ -f "$S/pids/$1" ] || return 1
  read -r pid started < "$S/pids/$1"
  [ -n "$started" ] && [ "$(start_time "$pid")" = "$started" ] && [ "$(state "$pid")" != Z ]
}
launch() {  # launch NAME COMMAND...: in a session of its own, output to log/NAME.log
  local name=$1; shift
  # In the state folder: a core or a dump of it stays there.
  (cd "$S" && exec setsid "$@") </dev/null >>"$S/log/$name.log" 2>&1 &
  local started=$!; sleep 0.1
  echo "$started $(start_time $started)" > "$S/pids/$name"
}
wait_for() {  # wait_for NAME SECONDS COMMAND...: until the command succeeds; dies with the log when the daemon does
  local name=$1 left=$(( $2 * 4 )); shift 2
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1)); [ $left -gt 0 ] || die_of "$name did not come up" "$name"
    [ ! -e "$S/pids/$name" ] || alive "$name" || die_of "$name died" "$name"
    sleep 0.25
  done
}
http() { curl -s -o /dev/null --max-time 5 "http://127.0.0.1:$1/"; }
uwsgi_app() {  # uwsgi_app NAME PORT WSGI-FILE ENVIRONMENT...
  launch "$1" env "${@:4}" uwsgi --plugin python3 --http-socket "127.0.0.1:$2" --master \
    --die-on-term --lazy-apps --no-orphans --buffer-size 65535 --enable-threads \
    --post-buffering 65536 --add-header "Connection: close" \
    --processes 1 --threads 8 --need-app --wsgi-file "$3"
}

start() {  # start NAME: unless it runs
  alive "$1" && return 0
  say "starting $1"
  case $1 in
    mariadb) launch mariadb mariadbd --no-defaults --user=mysql --datadir="$S/mysql" \
      --bind-address=127.0.0.1 --port=$MYSQL_PORT --socket="$S/mysql/mysqld.sock" \
      --pid-file="$S/mysql/mysqld.pid" --init-file="$S/etc/init.sql" --skip-name-resolve \
      --max-connections=500 --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 \
      --innodb-buffer-pool-size=128M --skip-log-bin --performance-schema=OFF ;;
    rabbitmq) launch rabbitmq bash -c ". '$S/etc/rabbitmq.env'; exec /usr/lib/rabbitmq/bin/rabbitmq-server" ;;
    keystone) uwsgi_app keystone $KEYSTONE_PORT /usr/bin/keystone-wsgi-public \
      OS_KEYSTONE_CONFIG_FILES="$S/etc/keystone.conf" ;;
    placement) uwsgi_app placement $PLACEMENT_PORT /usr/bin/placement-api OS_PLACEMENT_CONFIG_DIR="$S/etc" ;;
    glance-api) launch glance-api glance-api --config-file "$S/etc/glance-api.conf" ;;
    neutron-server | neutron-linuxbridge-agent) launch "$1" "$1" "${NEUTRON_CONF[@]}" ;;
    nova-api | nova-conductor | nova-scheduler) launch "$1" "$1" "${NOVA_CONF[@]}" ;;
    # Debian's nova-compute package drags in libvirt and qemu; its program is these lines over python3-nova.
    nova-compute) launch nova-compute $PY -c \
      'import sys; sys.argv[0] = "nova-compute"; from nova.cmd.compute import main; sys.exit(main())' \
      --config-file "$S/etc/nova-compute.conf" ;;
    *) die "no daemon is called $1; there are: $(echo $DAEMONS)" ;;
  esac
}
ready() {  # ready NAME: waits until it answers
  case $1 in
    mariadb) wait_for mariadb 60 mariadb --no-defaults -h127.0.0.1 -P$MYSQL_PORT -uastara -p$PW -e 'USE neutron' ;;
    rabbitmq) wait_for rabbitmq 90 curl -sf -u openstack:$PW "http://127.0.0.1:$RABBIT_MGMT_PORT/api/overview" ;;
    keystone) wait_for keystone 90 http $KEYSTONE_PORT ;;
    placement) wait_for placement 90 http $PLACEMENT_PORT ;;
    glance-api) wait_for glance-api 90 http $GLANCE_PORT ;;
    neutron-server) wait_for neutron-server 180 http $NEUTRON_PORT ;;
    nova-api) wait_for nova-api 180 http $NOVA_PORT ;;
  esac
}
stop() {  # stop NAME [SIGNAL]: default TERM, and KILL for what is left of its process group after 20 s
  alive "$1" || { rm -f "$S/pids/$1"; return 0; }
  local leader=$pid left=100
  kill "-${2:-TERM}" "$leader"
  while alive "$1" && [ $left -gt 0 ]; do left=$((left - 1)); sleep 0.2; done
  kill -KILL -- "-$leader" 2>/dev/null || true
  rm -f "$S/pids/$1"
}
