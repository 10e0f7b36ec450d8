# anchor: holds a file fast while someone works on it.
. @hull@/lib/hull.sh

# anchor_drop FILE: takes the lock, or fails.
anchor_drop() { mkdir "$1.anchor" 2>/dev/null || hull_die "$1 is in use"; }
anchor_weigh() { rmdir "$1.anchor"; }
