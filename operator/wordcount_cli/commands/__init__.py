"""The verbs of `wordcount`, one a file."""
