# Throws, as a package does that was removed.
{ }:

throw "shipwreck was removed in 2024; use ferry"
