#!/usr/bin/env bash
# Runs what must hold on a store that is not the embedded one: tools/stores/run.sh garage|ceph
# The store is started, looked at by the doctor (which sets CORS and lifecycle rules), asked by the suite, lived with by
# the sessions and stories, robbed of a node in the middle of an upload, and ended, whatever happens. A step that fails
# does not stop the others; the end says which ones did.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/env.sh
. tools/stores/common.sh

store=$1
endpoint=$(realpath "${FROND_ENDPOINT_BIN:?the built endpoint}")
folder=$(mktemp -d "${TMPDIR:-/tmp}/frond-$store.XXXXXX")
cluster=$folder/cluster
trap '[ ! -d "$cluster" ] || tools/stores/$store.sh stop "$cluster"; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
say() { printf '\033[1m· %s: %s\033[0m\n' "$store" "$*" >&2; }

say "starting it"
tools/stores/"$store".sh start "$cluster"
. "$cluster/env"
FROND_TEST_STORE_PAGE=http://localhost:$(free_ports 1)
export FROND_TEST_STORE_PAGE
export FROND_ENDPOINT_BIN=$endpoint FROND_DIST=${FROND_DIST:-$PWD/dist}
export FROND_TEST_STORE_CLUSTER="$PWD/tools/stores/$store.sh $cluster"

# Sets what it can, and looks; what a store lacks is a warning.
doctor() {
  cat >"$folder/frond.toml" <<TOML
deployment = "stores.test"
public_origins = ["$FROND_TEST_STORE_PAGE"]
[store]
endpoint = "$FROND_TEST_STORE_ENDPOINT"
region = "$FROND_TEST_STORE_REGION"
bucket = "$FROND_TEST_STORE_BUCKET"
path_style = true
conditional = $FROND_TEST_STORE_CONDITIONAL
[accounts]
registration = "closed"
TOML
  FROND_ACCESS_KEY=$FROND_TEST_STORE_ACCESS_KEY FROND_SECRET_KEY=$FROND_TEST_STORE_SECRET_KEY \
    "$endpoint" doctor "$folder/frond.toml" --store "$store" --fix || [ $? = 1 ]
}

# What was left out is never said to have passed.
suite() {
  local status=0
  cargo test --locked -p frond-store --test store -- --nocapture --skip embedded:: --skip the_embedded_store \
    >"$folder/suite.log" || status=$?
  awk '/^skipped / { lacks[$2] = lacks[$2] " " $4 } /^(test|ability) / || /panicked/ { lines[++n] = $0 }
    END { for (i = 1; i <= n; i++) { split(lines[i], word, " ");
      if (word[1] == "test" && word[2] in lacks) print "test " word[2] " ... skipped, wholly or in part: the store lacks" lacks[word[2]]
      else print lines[i] } }' "$folder/suite.log"
  return "$status"
}

sessions() { cargo test --locked -p frond --test session; }

stories() { cd tests/browser && node --test --test-concurrency=1 stories/{1,2,3,4,5,6,7,11,12,13,14,15}-*.test.js; }

# After all else: a store is not quite itself for minutes after a node was away.
killed() { cd tests/browser && node --test stores/*.test.js; }

failed=()
# step FUNCTION WHAT: in a shell of its own, which ends at the first command that fails.
step() {
  local status=0
  say "$2"
  set +e
  (set -e; "$1")
  status=$?
  set -e
  [ "$status" = 0 ] || failed+=("$2")
}
step doctor "the doctor"
step suite "the suite"
step sessions "sessions, natively"
step stories "stories, in a browser"
step killed "a node killed and brought back"

if [ "${#failed[@]}" -gt 0 ]; then
  say "FAILED:$(printf ' %s;' "${failed[@]}")"
  exit 1
fi
say "all of it holds"
