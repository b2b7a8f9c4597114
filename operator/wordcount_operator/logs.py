"""Configures the log."""

import logging

import kopf

from wordcount_operator import metrics
from wordcount_operator.settings import Settings


def configure(config: Settings) -> None:
    """Configure Kopf's logging.

    In JSON, Kopf's lines about a resource name it as the operator's own lines do.
    """
    kopf.configure(
        debug=config.log_level == "debug",
        quiet=config.log_level == "warning",
        log_format=kopf.LogFormat.JSON if config.log_format == "json" else kopf.LogFormat.FULL,
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(_name_the_resource)


def _name_the_resource(record: logging.LogRecord) -> bool:
    ref: dict[str, str] | None = getattr(record, "k8s_ref", None)
    if ref:
        vars(record).update(metrics.fields(ref["namespace"], ref["name"]))
    return True
