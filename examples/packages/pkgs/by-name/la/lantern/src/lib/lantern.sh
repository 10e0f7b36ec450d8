# lantern: coloured text for terminals.
. @hull@/lib/hull.sh

lantern_colours=@colours@

# lantern_lit COLOUR TEXT
lantern_lit() {
  if [ "$lantern_colours" = none ]; then
    printf '%s\n' "$2"
  else
    printf '\033[3%sm%s\033[0m\n' "$1" "$2"
  fi
}
