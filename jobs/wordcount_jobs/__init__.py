"""The word count itself, for both engines; never imports the operator and never talks to Kubernetes."""
