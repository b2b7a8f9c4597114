"""Real servers on this machine, for tests of any kind; never a fake one."""
