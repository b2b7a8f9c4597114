"""End to end: everything on a real cluster, installed by the chart and looked at from outside."""
