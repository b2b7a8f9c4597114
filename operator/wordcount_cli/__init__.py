"""`wordcount`, also `kubectl wordcount`: the command line for files and for resources of a cluster."""
