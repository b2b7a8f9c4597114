"""The word count itself, on both engines; it knows neither the operator nor Kubernetes."""
