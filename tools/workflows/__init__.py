"""Checks the forge's workflows."""
