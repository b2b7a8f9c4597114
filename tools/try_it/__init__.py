"""Shows both engines count the book on this machine, live, without a cluster."""
