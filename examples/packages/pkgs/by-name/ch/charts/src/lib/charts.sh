# charts: tables for terminals.
. @knots@/lib/knots.sh
. @lantern@/lib/lantern.sh

# Aligns what comes in as columns between tabs.
charts_table() {
  awk -F '\t' '{ printf "%-24s %s\n", $1, $2 }'
}
