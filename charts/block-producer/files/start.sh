# Starts nodeos. After a kill its state is dirty and it exits with 2: the state is dropped, and nodeos starts once more from the
# newest snapshot or its block log. Finalizer safety (finalizers/), blocks and snapshots are kept.
set -u
data=${DATA_FOLDER:-/data} config=${CONFIG_FOLDER:-/etc/nodeos} run=${RUN_FOLDER:-/run/nodeos}

cat "$config/config.ini" >"$run/config.ini" || exit 1
if [ -e "$config/finalizer/finalizer.ini" ]; then
  cat "$config/finalizer/finalizer.ini" >>"$run/config.ini" || exit 1
fi

child=
# As process 1 of its container a shell ignores TERM unless it is told otherwise.
trap '[ -n "$child" ] || exit 143; kill -TERM "$child" 2>/dev/null' TERM INT

# Runs a command as a child that gets our TERM, and leaves its exit code in $code.
run() {
  "$@" &
  child=$!
  # A signal ends `wait` early: wait again until the child is gone.
  while :; do
    wait "$child"
    code=$?
    kill -0 "$child" 2>/dev/null || break
  done
}

start() {
  snapshot=
  # nodeos refuses a snapshot over an existing state.
  [ -e "$data/state/shared_memory.bin" ] || snapshot=$(ls -t "$data"/snapshots/*.bin 2>/dev/null | head -n 1)
  run "$@" ${snapshot:+"--snapshot=$snapshot"}
}

start "$@"
if [ "$code" = 2 ]; then
  echo "start.sh: nodeos found its database dirty: dropping $data/state and starting once more" >&2
  rm -rf "$data/state" || exit 1
  start "$@"
fi
exit "$code"
