# rope: joins and splits text.
. @hull@/lib/hull.sh

# rope_join SEPARATOR WORD...
rope_join() {
  separator=$1
  shift
  joined=
  for word; do
    joined=${joined:+$joined$separator}$word
  done
  printf '%s\n' "$joined"
}

# rope_split SEPARATOR TEXT: one word a line.
rope_split() {
  printf '%s\n' "$2" | tr "$1" '\n'
}
