"""`wordcount`, also `kubectl wordcount`: the resource file on the command line; never decides what the operator decides."""
