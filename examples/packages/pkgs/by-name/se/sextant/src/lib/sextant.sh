# sextant: angles in whole minutes of arc.
. @hull@/lib/hull.sh

# sextant_minutes DEGREES MINUTES
sextant_minutes() { printf '%s\n' "$(($1 * 60 + $2))"; }

# sextant_format MINUTES
sextant_format() { printf "%d°%02d'\n" "$(($1 / 60))" "$(($1 % 60))"; }
