"""Defines what operator, command line and jobs share, without files, network, clock or environment."""
