# knots: lists, one entry a line.
. @hull@/lib/hull.sh
. @rope@/lib/rope.sh

knots_count() { wc -l; }
knots_sorted() { LC_ALL=C sort -u; }

# knots_contains ENTRY: whether the list has it.
knots_contains() { grep -qxF -- "$1"; }
