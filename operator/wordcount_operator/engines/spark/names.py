"""Names of what a Spark application is made of, each derived from the resource's name only; never one that changes between attempts."""

from wordcount_operator.domain import App, Ref

TEMPLATE_FILE = "/opt/wordcount/pod-template/executor.yaml"
PROGRESS_PORT = 8090
UI_PORT = 4040
CLUSTER_ROLE = "streaming-wordcount-spark"


def driver(app: App) -> str:
    """The driver pod's and its Service's: one name per resource, so that the API server refuses a second driver."""
    return f"{app.name}-driver"


def driver_ref(app: App) -> Ref:
    """The driver pod, whoever made it."""
    return Ref("v1", "Pod", app.namespace, driver(app))


def account(app: App) -> str:
    """The ServiceAccount's and the RoleBinding's."""
    return f"{app.name}-spark"


def template(app: App) -> str:
    """The ConfigMap's that holds the executors' pod template."""
    return f"{app.name}-executor"


def claim(app: App) -> str:
    """The claim's that holds the state: the user's, else the operator's."""
    return (app.volume and app.volume.claim_name) or f"{app.name}-state"


def claim_ref(app: App) -> Ref:
    """That claim."""
    return Ref("v1", "PersistentVolumeClaim", app.namespace, claim(app))
