"""Real servers on this machine for tests that need no cluster; never stand-ins."""
