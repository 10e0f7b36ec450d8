# hull: what every script needs first.

# Ends the script with a message.
hull_die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Fails unless the command exists.
hull_need() {
  command -v "$1" >/dev/null || hull_die "needs $1"
}

# The first argument that is not empty.
hull_first() {
  for candidate; do
    if [ -n "$candidate" ]; then
      printf '%s\n' "$candidate"
      return
    fi
  done
}
