#!/usr/bin/env bash
# Loads a server of its own with wrk, and prints how many requests a second it answered and how
# long they took. Needs wrk and curl: `apt-get install wrk curl`.
#
#   examples/licence-server/load.sh [SECONDS] [CONNECTIONS] [STORE]
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-10} connections=${2:-64} accounts=64
for tool in wrk curl; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install $tool" >&2; exit 2; }
done
cargo build --profile dist --quiet -p tallyfold-licence-server
program=${CARGO_TARGET_DIR:-target}/dist/licence-server
# Beside the build, because what is temporary may lie in memory.
folder=$(mktemp -d "$(dirname "$program")/load.XXXXXX")
server=
trap '[ -z "$server" ] || kill "$server"; wait; rm -r "$folder"' EXIT

export LICENCE_SERVER_KEYS=$folder/keys.jsonl
admin=$("$program" key new --admin)
"$program" serve --listen 127.0.0.1:0 --key-rate 0 --store "${3:-$folder/ledger.db}" --log-format json \
  2>"$folder/log" &
server=$!
url=
for _ in $(seq 100); do
  url=$(sed -n 's/.*"listening".*"address":"\([^"]*\)".*/http:\/\/\1/p' "$folder/log")
  [ -z "$url" ] || break
  sleep 0.1
done
[ -n "$url" ] || { cat "$folder/log" >&2; exit 1; }

post() {
  curl --silent --show-error --fail --output /dev/null \
    --header "Authorization: Bearer $admin" --data "$2" "$url$1"
}
post /v1/catalog/rates '{"product":"AutoCAD","tokens":7}'
for number in $(seq 0 $((accounts - 1))); do
  post "/v1/accounts/a$number/packs" '{"pack":"P1","tokens":1000000000}'
  post "/v1/accounts/a$number/sessions" '{"session":"s1","user":"ana","product":"AutoCAD"}'
done

echo "one fdatasync: $(dd if=/dev/zero of="$folder/sync" bs=512 count=200 oflag=dsync 2>&1 |
  awk '/copied/ { for (i = 1; i <= NF; i++) if ($i == "s,") printf "%.2f ms", $(i - 1) * 5 }')"
echo "$connections connections, $accounts accounts, $seconds s each"
printf '%-10s %8s %9s %9s %9s %7s\n' request per-s p50-ms p99-ms max-ms failed
for kind in admission heartbeat open; do
  printf '%-10s ' "$kind"
  wrk --threads 2 --connections "$connections" --duration "${seconds}s" \
    --script examples/licence-server/load.lua "$url" -- "$kind" "$admin" "$accounts" |
    sed -n 's/^measured: //p'
done
