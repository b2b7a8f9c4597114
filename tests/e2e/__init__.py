"""End-to-end tests: everything on a real cluster, installed by the chart, seen from outside."""
