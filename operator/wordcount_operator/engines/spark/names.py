"""Names of what a Spark application is made of; each follows from the resource's name alone."""

from wordcount_operator.model.objects import Ref
from wordcount_operator.model.resource import WordCount

TEMPLATE_FOLDER = "/opt/wordcount/pod-template"
TEMPLATE_FILE = f"{TEMPLATE_FOLDER}/executor.yaml"
PROGRESS_PORT = 8090
UI_PORT = 4040
CONTAINER = "main"


def driver(resource: WordCount) -> str:
    """Return the name of the driver pod and its Service.

    One per resource, so that the API server refuses a second driver.
    """
    return f"{resource.name}-driver"


def driver_ref(resource: WordCount) -> Ref:
    """Return the reference of the driver pod, whoever made it."""
    return Ref("v1", "Pod", resource.namespace, driver(resource))


def account(resource: WordCount) -> str:
    """Return the name of the driver's ServiceAccount and of its RoleBinding."""
    return f"{resource.name}-spark"


def template(resource: WordCount) -> str:
    """Return the name of the ConfigMap that holds the executors' pod template."""
    return f"{resource.name}-executor"


def claim(resource: WordCount) -> str:
    """Return the name of the PVC that holds the state: the user's, else the operator's."""
    return (resource.volume and resource.volume.claim_name) or f"{resource.name}-state"


def claim_ref(resource: WordCount) -> Ref:
    """Return the reference of the PVC that holds the state."""
    return Ref("v1", "PersistentVolumeClaim", resource.namespace, claim(resource))
