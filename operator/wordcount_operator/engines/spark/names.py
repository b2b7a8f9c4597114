"""Names of what a Spark application is made of, each derived from the resource's name only; never one that changes between attempts."""

from wordcount_operator.model.objects import Ref
from wordcount_operator.model.resource import WordCount

TEMPLATE_FILE = "/opt/wordcount/pod-template/executor.yaml"
PROGRESS_PORT = 8090
UI_PORT = 4040
CLUSTER_ROLE = "streaming-wordcount-spark"


def driver(resource: WordCount) -> str:
    """The driver pod's and its Service's: one name per resource, so that the API server refuses a second driver."""
    return f"{resource.name}-driver"


def driver_ref(resource: WordCount) -> Ref:
    """The driver pod, whoever made it."""
    return Ref("v1", "Pod", resource.namespace, driver(resource))


def account(resource: WordCount) -> str:
    """The ServiceAccount's and the RoleBinding's."""
    return f"{resource.name}-spark"


def template(resource: WordCount) -> str:
    """The ConfigMap's that holds the executors' pod template."""
    return f"{resource.name}-executor"


def claim(resource: WordCount) -> str:
    """The claim's that holds the state: the user's, else the operator's."""
    return (resource.volume and resource.volume.claim_name) or f"{resource.name}-state"


def claim_ref(resource: WordCount) -> Ref:
    """That claim."""
    return Ref("v1", "PersistentVolumeClaim", resource.namespace, claim(resource))
