"""`wordcount`, also `kubectl wordcount`: the command line for files and a cluster's resources."""
