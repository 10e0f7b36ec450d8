{ name ? "root" }: derivation { inherit name; system = builtins.currentSystem; builder = "/bin/sh"; src = ./.; place = toString ./.; }
