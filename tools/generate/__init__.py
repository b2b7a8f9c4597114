"""Programs that write files which are checked in."""
