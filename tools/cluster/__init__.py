"""How a Kubernetes cluster is made where there is none."""
