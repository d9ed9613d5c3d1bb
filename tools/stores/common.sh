# Sourced by the scripts that run a store for tests: processes by their own ids, free ports, what a client must know.

die() { echo "$(basename "$0"): $*" >&2; exit 1; }
random() { head -c "$1" /dev/urandom | od -An -tx1 | tr -d ' \n'; }
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_ports COUNT: ports of 127.0.0.1 that nobody listens on, below those that the system hands out.
free_ports() {
  local found=() port
  while [ "${#found[@]}" -lt "$1" ]; do
    port=$(shuf -n 1 -i 20000-30000)
    listens "$port" || [[ " ${found[*]} " = *" $port "* ]] || found+=("$port")
  done
  echo "${found[@]}"
}

# begin DIR: a new folder, whose store is stopped should its start fail. at DIR: one that is there.
begin() {
  mkdir -p "$1"
  DIR=$(cd "$1" && pwd)
  [ -z "$(ls -A "$DIR")" ] || die "$DIR is not empty"
  trap 'status=$?; [ "$status" = 0 ] || "$0" stop "$DIR"' EXIT
}
at() { DIR=$(cd "$1" && pwd); }

# lives PID_FILE: it names a process that was started with something of our folder.
lives() {
  local pid
  pid=$(cat "$1" 2>/dev/null) && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$DIR/"
}

# finish SIGNAL PID_FILE: ends it, and waits for that; after 20 seconds not politely.
finish() {
  lives "$2" || return 0
  kill "-$1" "$(cat "$2")" 2>/dev/null || true
  for _ in $(seq 200); do lives "$2" || return 0; sleep 0.1; done
  kill -KILL "$(cat "$2")" 2>/dev/null || true
}

# answers PORT PID_FILE: waits until the port is listened on; false if the process ends or a minute passes.
answers() {
  for _ in $(seq 300); do
    listens "$1" && return 0
    kill -0 "$(cat "$2")" 2>/dev/null || return 1
    sleep 0.2
  done
  return 1
}

# describe PORT REGION BUCKET ACCESS_KEY SECRET_KEY OWNER_KEY OWNER_SECRET CONDITIONAL
describe() {
  cat >"$DIR/env" <<ENV
export FROND_TEST_STORE_ENDPOINT=http://127.0.0.1:$1
export FROND_TEST_STORE_REGION=$2
export FROND_TEST_STORE_BUCKET=$3
export FROND_TEST_STORE_ACCESS_KEY=$4
export FROND_TEST_STORE_SECRET_KEY=$5
export FROND_OWNER_ACCESS_KEY=$6
export FROND_OWNER_SECRET_KEY=$7
export FROND_TEST_STORE_CONDITIONAL=$8
ENV
}
