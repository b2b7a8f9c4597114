"""Builders, fixtures and clients that several tests share."""
