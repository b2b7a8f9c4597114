"""From a resource to the job's arguments, for the operator's engines and for `wordcount run`."""

import json
from collections.abc import Mapping
from typing import Any

from wordcount_core.options import Options
from wordcount_operator.api import rules
from wordcount_operator.api.v1alpha1 import Spec, Window


def job_options(  # noqa: PLR0913 - each argument is one that a caller decides, and all have names
    app_name: str,
    spec: Spec,
    *,
    checkpoint_dir: str | None,
    restore_from: str | None = None,
    resume_from: str | None = None,
    continues: bool = False,
    conf: Mapping[str, str],
    progress_port: int | None,
) -> Options:
    """Return the arguments of a run; raises ValueError as `Options.from_json` does.

    `checkpoint_dir` is absolute or a URI.

    The resource's blocks and the job's are the same documents, so they pass through unchanged, but for
    durations.
    """
    blocks = spec.model_dump(
        by_alias=True, exclude_none=True, include={"source", "text", "latency", "sink", "parallelism"}
    )
    document = {
        **blocks,
        "name": app_name,
        "checkpointDir": checkpoint_dir,
        "restoreFrom": restore_from,
        "resumeFrom": resume_from,
        "continues": continues,
        "checkpointIntervalMs": max(1, _milliseconds(spec.checkpoint.interval)),
        "window": _window(spec.window) if spec.window else None,
        "conf": dict(conf),
        "progressPort": progress_port,
    }
    return Options.from_json(json.dumps(document))


def _window(window: Window) -> dict[str, Any]:
    """Return the windows of a run; of `{prefix: iso8601}` only the key counts: there is no other value."""
    durations = {"size": window.size, "slide": window.slide, "gap": window.gap, "watermark": window.watermark}
    written = {f"{name}Ms": _milliseconds(each) for name, each in durations.items() if each is not None}
    (instant,) = window.timestamp if isinstance(window.timestamp, dict) else (window.timestamp,)
    return {**written, "timestamp": instant}


def _milliseconds(duration: str) -> int:
    return round(rules.seconds(duration) * 1000)
