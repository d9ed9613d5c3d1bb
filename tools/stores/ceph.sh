#!/usr/bin/env bash
# Ceph's object gateway on loopback for tests: a monitor, three OSDs, one gateway, thrown away afterwards.
# Debian: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd. Needs root and a gigabyte of memory.
#   ceph.sh start DIR     the cluster, a bucket, its owner and the endpoint's user; DIR/env says how to reach it
#   ceph.sh kill DIR N    SIGKILL OSD N (0 to 2)
#   ceph.sh up DIR N      start OSD N again; returns when it is in
#   ceph.sh stop DIR      end every process by its own id, and remove DIR
set -euo pipefail
. "$(dirname "$0")/common.sh"

c() { timeout 60 ceph -c "$DIR/ceph.conf" "$@" 2>>"$DIR/cli.log"; }
osd() { ceph-osd -c "$DIR/ceph.conf" -i "$1" >>"$DIR/log" 2>&1; }

# user NAME KEY SECRET
user() {
  timeout 60 radosgw-admin -c "$DIR/ceph.conf" -n client.rgw user create --uid "$1" --display-name "$1" \
    --access-key "$2" --secret-key "$3" >/dev/null 2>>"$DIR/cli.log"
}

# s3 URL ARGUMENTS…: a PUT by the owner.
s3() {
  curl -fsS --noproxy '*' --aws-sigv4 aws:amz:default:s3 --user "$owner:$owner_secret" \
    -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" -X PUT "$@"
}

# configure MONITOR_PORT MONITOR_PORT_V1 GATEWAY_PORT FIRST_OSD_PORT
configure() {
  monitor="[v2:127.0.0.1:$1,v1:127.0.0.1:$2]" fsid=$(cat /proc/sys/kernel/random/uuid)
  cat >"$DIR/ceph.conf" <<C
[global]
fsid = $fsid
mon_host = $monitor
mon_initial_members = a
public_network = 127.0.0.0/8
ms_bind_port_min = $4
ms_bind_port_max = $(($4 + 100))
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
keyring = /dev/null
osd_pool_default_size = 3
osd_pool_default_min_size = 2
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_max_pg_per_osd = 1000
bluestore_block_size = 8589934592
osd_memory_target = 939524096
osd_heartbeat_interval = 1
osd_heartbeat_grace = 6
mon_osd_min_down_reporters = 1
log_file = $DIR/\$name.log
run_dir = $DIR/run
admin_socket = $DIR/run/\$name.\$pid.asok
[mon.a]
mon_data = $DIR/mon
pid_file = $DIR/run/mon.pid
[osd]
osd_data = $DIR/osd\$id
pid_file = $DIR/run/osd.\$id.pid
[client.rgw]
# The gateway insists on secure connections to the monitor, which no authentication cannot give: it would hang.
ms_mon_client_mode = crc
rgw_frontends = beast endpoint=127.0.0.1:$3
rgw_data = $DIR/rgw
rgw_dynamic_resharding = false
C
}

start() {
  local ports n id owner owner_secret key secret
  mkdir -p "$DIR/mon" "$DIR/run" "$DIR/rgw"
  read -r -a ports <<<"$(free_ports 4)"
  configure "${ports[@]}"
  monmaptool --create --addv a "$monitor" --fsid "$fsid" "$DIR/monmap" >/dev/null
  ceph-mon -c "$DIR/ceph.conf" --mkfs -i a --monmap "$DIR/monmap"
  ceph-mon -c "$DIR/ceph.conf" -i a
  for n in 0 1 2; do
    mkdir -p "$DIR/osd$n"
    id=$(cat /proc/sys/kernel/random/uuid)
    c osd new "$id" >/dev/null
    ceph-osd -c "$DIR/ceph.conf" -i "$n" --mkfs --osd-uuid "$id" >>"$DIR/log" 2>&1
    osd "$n"
  done
  setsid radosgw -c "$DIR/ceph.conf" -n client.rgw -f --setuser root --setgroup root >>"$DIR/log" 2>&1 </dev/null &
  echo $! >"$DIR/run/rgw.pid"
  answers "${ports[2]}" "$DIR/run/rgw.pid" || { tail -n 5 "$DIR/log" >&2; die "the gateway does not answer"; }
  owner=$(random 10) owner_secret=$(random 20) key=$(random 10) secret=$(random 20)
  user owner "$owner" "$owner_secret"
  user frond "$key" "$secret"
  s3 "http://127.0.0.1:${ports[2]}/frond"
  # The least that the endpoint needs, as docs/stores/policy.json has it.
  sed -e 's/example-frond/frond/' -e 's|"Effect": "Allow",|&"Principal":{"AWS":["arn:aws:iam:::user/frond"]},|' \
    "$(dirname "$0")/../../docs/stores/policy.json" >"$DIR/policy.json"
  s3 "http://127.0.0.1:${ports[2]}/frond?policy=" --data-binary "@$DIR/policy.json"
  describe "${ports[2]}" default frond "$key" "$secret" "$owner" "$owner_secret" true
}

back() {
  osd "$1"
  for _ in $(seq 150); do
    if c osd stat | grep -q '3 up'; then return 0; fi
    sleep 0.2
  done
  die "OSD $1 does not come back"
}

case "${1:-}" in
  start) begin "$2"; start ;;
  kill) at "$2"; finish KILL "$DIR/run/osd.$3.pid" ;;
  up) at "$2"; back "$3" ;;
  stop) at "$2"; for p in rgw osd.0 osd.1 osd.2 mon; do finish TERM "$DIR/run/$p.pid"; done; rm -rf "$DIR" ;;
  *) sed -n '2,8p' "$0" >&2; exit 2 ;;
esac
