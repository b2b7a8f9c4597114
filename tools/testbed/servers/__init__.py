"""Real servers for tests, each a process on a port of this machine."""
