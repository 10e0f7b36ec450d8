# Turns a package's sources into its outputs: build, install, check. A package may bring its own text for each phase.

# Copies a file, naming the inputs that it asks for.
install_file() { # source target
  mkdir -p "${2%/*}"
  sed "$substitutions" "$1" >"$2"
}

# Copies each file below a folder.
install_folder() { # source target
  if [ -d "$1" ]; then
    (cd "$1" && find . -type f | sort) | while read -r file; do
      install_file "$1/$file" "$2/${file#./}"
    done
  fi
}

default_install() {
  install_folder "$src/bin" "$out/bin"
  install_folder "$src/lib" "$out/lib"
  install_folder "$src/share" "$out/share"
  install_folder "$src/doc" "${doc:-$out}/share/doc/$pname"
}

default_check() {
  for script in "$out"/bin/* "$out"/lib/*.sh; do
    if [ -f "$script" ]; then
      sh -n "$script"
    fi
  done
}

make_executable() {
  if [ -d "$out/bin" ]; then
    find "$out/bin" -type f -exec chmod +x {} +
  fi
}

umask 022
eval "${buildPhase:-}"
eval "${installPhase:-default_install}"
make_executable
eval "${checkPhase:-default_check}"
