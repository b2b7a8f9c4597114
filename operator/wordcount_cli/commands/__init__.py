"""The verbs of `wordcount`: one module for each."""
