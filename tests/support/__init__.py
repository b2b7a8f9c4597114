"""Builders, fixtures and clients that several tests share; never a test."""
