builtins.mapAttrs (shortName: license: { inherit shortName; } // license) {
  cc0 = {
    spdxId = "CC0-1.0";
    free = true;
  };
  gpl3 = {
    spdxId = "GPL-3.0-or-later";
    free = true;
  };
  isc = {
    spdxId = "ISC";
    free = true;
  };
  mit = {
    spdxId = "MIT";
    free = true;
  };
  unfree = {
    free = false;
  };
}
