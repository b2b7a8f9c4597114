"""Defines what operator, command line and jobs agree on, without files, network, clock or environment."""
