"""What operator, command line and jobs agree on; pure: it reaches no file, network, clock or environment."""
