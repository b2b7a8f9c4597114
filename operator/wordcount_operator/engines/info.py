"""What CLI, settings, chart and docs know about an engine."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class MetricsEndpoint:
    """Where an engine's pods report the engine's own metrics."""

    port: int
    path: str


@dataclass(frozen=True)
class EngineInfo:
    """One engine, as data."""

    name: str
    """The value of `spec.engine`, and the name of the engine's block and of its extra in pyproject.toml."""
    title: str
    """The name in sentences."""
    download: str
    """How much `wordcount run` downloads for it, in words."""
    container: str
    """The container that runs the engine in its pods; a pod template may add others beside it."""
    pod_selector: str
    """Labels of the pods that run a resource, with {uid} and {session} to fill in."""
    cluster_role: str
    """The ClusterRole of the engine's pods; the operator binds it per resource or session."""
    rest_port: int
    """The port of the engine's pods that the operator talks to."""
    metrics: MetricsEndpoint
    dashboard_metrics: Mapping[str, str]
    """Those of the engine's own metrics that the dashboard shows, and what each means."""
    connectors: Mapping[str, tuple[str, ...]]
    """Kind of source or sink → Maven coordinates of the jars that it needs; the image has the same ones."""
    jars_key: str
    """The configuration key that takes the connectors' jars in `wordcount run`."""
    jars_separator: str
    jars_as_uris: bool
    local_conf: Mapping[str, str]
    """Configuration that `wordcount run` adds."""

    @property
    def image_setting(self) -> str:
        """Return the name of the setting with the engine's default image, without the operator's prefix."""
        return f"{self.name.upper()}_IMAGE"

    def selector(self, uid: str, session: str) -> str | None:
        """Return the labels of the pods that run a resource.

        None if they are a session's and there is none yet.
        """
        if "{session}" in self.pod_selector and not session:
            return None
        return self.pod_selector.format(uid=uid, session=session)
