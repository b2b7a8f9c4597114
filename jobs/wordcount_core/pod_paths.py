"""Names the folders of a pod on which operator and jobs agree."""

SECRETS_FOLDER = "/opt/wordcount/secrets"
"""Every pod of a resource has here one folder for each Secret that the source and the sink name."""
