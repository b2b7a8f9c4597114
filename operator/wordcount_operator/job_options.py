"""From a resource to the job's arguments, the same for the operator's engines and for `wordcount run`; never reads a file or a clock."""

import json
from collections.abc import Mapping

from wordcount_jobs.core.options import Options
from wordcount_operator.api import rules
from wordcount_operator.api.v1alpha1 import Spec


def options(
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
    """The arguments of a run. `checkpoint_dir` is absolute or a URI; raises ValueError as `Options.from_json` does.

    The resource's blocks and the job's are the same documents, so they pass through unchanged.
    """
    blocks = spec.model_dump(
        by_alias=True, exclude_none=True, include={"source", "text", "sink", "parallelism"}
    )
    document = {
        **blocks,
        "name": app_name,
        "checkpointDir": checkpoint_dir,
        "restoreFrom": restore_from,
        "resumeFrom": resume_from,
        "continues": continues,
        "checkpointIntervalMs": max(1, round(rules.seconds(spec.checkpoint.interval) * 1000)),
        "conf": dict(conf),
        "progressPort": progress_port,
    }
    return Options.from_json(json.dumps(document))
