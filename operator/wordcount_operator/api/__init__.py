"""The resource as the API server sees it; must never import anything else of the operator."""

GROUP = "streaming.wordcount.dev"
VERSION = "v1alpha1"
KIND = "StreamingWordCount"
PLURAL = "streamingwordcounts"
METADATA = (
    *("name", "generateName", "namespace", "labels", "annotations", "finalizers", "ownerReferences", "uid"),
    *(
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ),
    *("managedFields", "selfLink"),
)
"""The fields of Kubernetes' own metadata."""
