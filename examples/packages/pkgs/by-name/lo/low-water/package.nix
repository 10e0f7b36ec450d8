# An assertion that does not hold.
{ almanac }:

assert almanac.version == "1066";
almanac
