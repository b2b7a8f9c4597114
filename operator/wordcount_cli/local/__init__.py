"""Works with files, processes and the operator's decisions on this machine, without a cluster."""
