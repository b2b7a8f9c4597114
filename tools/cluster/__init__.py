"""How a Kubernetes cluster is made where there is none; never imported by the operator or the jobs."""
