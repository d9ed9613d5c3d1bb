#!/usr/bin/env bash
# Garage on loopback for tests: three nodes that hold every object three times, thrown away afterwards.
#   garage.sh start DIR     nodes, a bucket, the owner's key and one for the endpoint; DIR/env says how to reach them
#   garage.sh kill DIR N    SIGKILL node N
#   garage.sh up DIR N      start node N again; returns when the nodes see each other
#   garage.sh stop DIR      end every node by its own id, and remove DIR
set -euo pipefail
. "$(dirname "$0")/common.sh"

NODES="1 2 3"
BUCKET=frond

g() { local n=$1; shift; timeout 60 garage -c "$DIR/n$n/garage.toml" "$@" 2>>"$DIR/cli.log"; }
s3_port() { sed -n 's/^api_bind_addr = "127.0.0.1:\([0-9]*\)" # s3$/\1/p' "$DIR/n$1/garage.toml"; }

# configure N S3_PORT RPC_PORT ADMIN_PORT PEERS
configure() {
  mkdir -p "$DIR/n$1"
  cat >"$DIR/n$1/garage.toml" <<TOML
metadata_dir = "$DIR/n$1/meta"
data_dir = "$DIR/n$1/data"
db_engine = "lmdb"
replication_factor = 3
consistency_mode = "consistent"
disable_scrub = true
rpc_bind_addr = "127.0.0.1:$3"
rpc_public_addr = "127.0.0.1:$3"
rpc_secret = "$(cat "$DIR/rpc-secret")"
rpc_timeout_msec = 5000
bootstrap_peers = [$5]
[s3_api]
s3_region = "garage"
api_bind_addr = "127.0.0.1:$2" # s3
[admin]
api_bind_addr = "127.0.0.1:$4"
TOML
}

launch() {
  RUST_LOG=garage=info setsid garage -c "$DIR/n$1/garage.toml" server >>"$DIR/n$1/log" 2>&1 </dev/null &
  echo $! >"$DIR/n$1/pid"
  answers "$(s3_port "$1")" "$DIR/n$1/pid" || { tail -n 5 "$DIR/n$1/log" >&2; die "node $1 does not answer"; }
}

# Every living node connects to every other now: by itself a node waits up to 30 seconds between tries.
meet() {
  local n m seen living=()
  for n in $NODES; do if lives "$DIR/n$n/pid"; then living+=("$n"); fi; done
  for _ in $(seq 60); do
    seen=0
    for n in "${living[@]}"; do
      if g "$n" json-api GetClusterHealth | grep -q "\"connectedNodes\": *${#living[@]}\b"; then seen=$((seen + 1)); fi
      for m in "${living[@]}"; do [ "$n" = "$m" ] || g "$n" node connect "$(cat "$DIR/n$m/id")" >/dev/null || true; done
    done
    [ "$seen" != "${#living[@]}" ] || return 0
    sleep 0.2
  done
  die "the living nodes do not see each other"
}

start() {
  local n ports peers="" owner owner_secret key secret
  random 32 >"$DIR/rpc-secret"
  read -r -a ports <<<"$(free_ports 9)"
  # A node makes its id at its first launch; the list of peers is for its later ones.
  for n in $NODES; do
    configure "$n" "${ports[@]:$((3 * n - 3)):3}" ""
    launch "$n"
    g "$n" node id -q >"$DIR/n$n/id"
    peers+="\"$(cat "$DIR/n$n/id")\", "
  done
  for n in $NODES; do configure "$n" "${ports[@]:$((3 * n - 3)):3}" "$peers"; done
  meet
  for n in $NODES; do g 1 layout assign -z "z$n" -c 20G "$(cut -d@ -f1 "$DIR/n$n/id")" >/dev/null; done
  g 1 layout apply --version 1 >/dev/null
  for _ in $(seq 150); do
    if g 1 json-api GetClusterHealth | grep -q '"partitionsAllOk": *256'; then break; fi
    sleep 0.2
  done
  owner=GK$(random 12) owner_secret=$(random 32) key=GK$(random 12) secret=$(random 32)
  g 1 key import --yes -n owner "$owner" "$owner_secret" >/dev/null
  g 1 key import --yes -n frond "$key" "$secret" >/dev/null
  g 1 bucket create "$BUCKET" >/dev/null
  g 1 bucket allow --read --write --owner "$BUCKET" --key "$owner" >/dev/null
  g 1 bucket allow --read --write "$BUCKET" --key "$key" >/dev/null
  describe "$(s3_port 1)" garage "$BUCKET" "$key" "$secret" "$owner" "$owner_secret" false
  for n in $NODES; do echo "export FROND_TEST_STORE_NODE_$n=http://127.0.0.1:$(s3_port "$n")"; done >>"$DIR/env"
}

case "${1:-}" in
  start) begin "$2"; start ;;
  kill) at "$2"; finish KILL "$DIR/n$3/pid" ;;
  up) at "$2"; launch "$3"; meet ;;
  stop) at "$2"; for n in $NODES; do finish TERM "$DIR/n$n/pid"; done; rm -rf "$DIR" ;;
  *) sed -n '2,6p' "$0" >&2; exit 2 ;;
esac
