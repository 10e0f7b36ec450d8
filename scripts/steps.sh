# shellcheck shell=bash
# Runs named steps, counts what passed and failed, and says both at the end. Sourced by ./test and ./check-all.

passed=0
failed=0
failures=()

# A step that either passes or fails.
step() { # name command...
  local name=$1 began=$SECONDS
  shift
  echo "== $name"
  if "$@"; then
    passed=$((passed + 1))
    echo "== $name: passed in $((SECONDS - began)) s"
  else
    failed=$((failed + 1))
    failures+=("$name")
    echo "== $name: FAILED after $((SECONDS - began)) s"
  fi
}

# A step that runs CTest in a preset: each of its tests counts.
ctest_step() { # name preset ctest-arguments...
  local name=$1 preset=$2 began=$SECONDS
  local log=build/$preset.ctest.log
  shift 2
  echo "== $name"
  local status=0
  ctest --preset "$preset" --parallel "$(nproc)" "$@" >"$log" 2>&1 || status=$?
  # "98% tests passed, 3 tests failed out of 151"
  local summary bad total
  summary=$(grep --extended-regexp '^[0-9]+% tests passed' "$log" | tail -n 1)
  bad=$(sed -E 's/.* ([0-9]+) tests? failed.*/\1/' <<<"$summary")
  total=$(sed -E 's/.* out of ([0-9]+).*/\1/' <<<"$summary")
  if [ -z "$summary" ] || { [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
    bad=1 total=1 # CTest itself failed: no tests were found, or it died.
  fi
  passed=$((passed + total - bad))
  failed=$((failed + bad))
  if [ "$bad" -gt 0 ]; then
    failures+=("$name: $bad of $total")
    grep --invert-match --extended-regexp ' +Passed +[0-9.]+ sec$|^ *Start +[0-9]+: ' "$log" | tail -n 300
    echo "== $name: FAILED, $bad of $total, after $((SECONDS - began)) s; $log has all of it"
  else
    echo "== $name: $total passed in $((SECONDS - began)) s"
  fi
}

# The last words. The exit status is 1 where anything failed.
finish() {
  for name in "${failures[@]}"; do
    echo "failed: $name"
  done
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}
