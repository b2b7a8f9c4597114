"""The streaming word count operator; holds its version and nothing that runs on import."""

__version__ = "0.3.0"
