# A text whose content is fixed by its hash, as a download's would be.
{ system }:

{
  name,
  text,
  sha256,
}:

derivation {
  inherit name system text;
  builder = "/bin/sh";
  args = [
    "-c"
    ''printf '%s' "$text" > "$out"''
  ];
  outputHashMode = "flat";
  outputHashAlgo = "sha256";
  outputHash = sha256;
}
