"""How the command line reaches the cluster."""
