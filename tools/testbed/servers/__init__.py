"""Real servers for tests, each a process on a port of this machine; never a fake."""
