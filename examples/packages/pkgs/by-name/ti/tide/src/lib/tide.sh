# tide: arithmetic with the clock.
. @hull@/lib/hull.sh

# tide_minutes HH:MM: minutes since midnight.
tide_minutes() {
  hours=${1%:*} minutes=${1#*:}
  printf '%s\n' "$((${hours#0} * 60 + ${minutes#0}))"
}

# tide_add HH:MM MINUTES
tide_add() {
  total=$((($(tide_minutes "$1") + $2) % 1440))
  printf '%02d:%02d\n' "$((total / 60))" "$((total % 60))"
}
