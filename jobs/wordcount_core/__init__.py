"""What operator, command line and jobs share: no file, network, clock or environment."""
