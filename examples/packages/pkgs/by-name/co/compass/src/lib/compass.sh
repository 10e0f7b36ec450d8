# compass: finds its way through command lines.
. @hull@/lib/hull.sh
. @rope@/lib/rope.sh

# compass_option NAME DEFAULT ARGUMENT...: the value of --NAME.
compass_option() {
  name=$1 value=$2
  shift 2
  for argument; do
    case $argument in
      --"$name"=*) value=${argument#*=} ;;
    esac
  done
  printf '%s\n' "$value"
}
