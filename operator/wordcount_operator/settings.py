"""Reads the environment into one frozen `Settings`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from wordcount_operator.engines import ENGINES

PREFIX = "WORDCOUNT_"
LOG_FORMATS = ("json", "text")
LOG_LEVELS = ("debug", "info", "warning")


class SettingError(ValueError):
    """A variable of the environment is missing or wrong.

    The text is one sentence that names it and the remedy.
    """


@dataclass(frozen=True)
class Settings:
    """Everything about this process that its deployment decides."""

    images: Mapping[str, str]
    """Engine to the image of its pods, for a resource that names none."""
    lease_name: str
    lease_namespace: str
    identity: str
    """Who holds the lease: the pod's name, so that a restarted container is the same candidate."""
    namespaces: tuple[str, ...] = ()
    """The namespaces to watch; empty for all."""
    http_port: int = 8080
    log_format: str = "json"
    log_level: str = "info"


def from_environ(environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads the WORDCOUNT_* variables; raises SettingError for the first that is missing or wrong."""
    return Settings(
        images={name: _required(environ, engine.info.image_setting) for name, engine in ENGINES.items()},
        lease_name=_required(environ, "LEASE_NAME"),
        lease_namespace=_required(environ, "LEASE_NAMESPACE"),
        identity=_required(environ, "IDENTITY"),
        namespaces=_names(environ.get(PREFIX + "NAMESPACES", "")),
        http_port=_port(environ, "HTTP_PORT", 8080),
        log_format=_choice(environ, "LOG_FORMAT", LOG_FORMATS, "json"),
        log_level=_choice(environ, "LOG_LEVEL", LOG_LEVELS, "info"),
    )


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(PREFIX + name, "").strip()
    if not value:
        raise SettingError(
            f"{PREFIX}{name} is not set; the Helm chart sets it, and so must any other deployment"
        )
    return value


def _names(text: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",")]
    return tuple(dict.fromkeys(name for name in names if name))


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(PREFIX + name, "") or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise SettingError(f"{PREFIX}{name} is {text!r}; write a port from 1 to 65535")
    return int(text)


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    text = environ.get(PREFIX + name, "").lower() or default
    if text not in choices:
        raise SettingError(f"{PREFIX}{name} is {text!r}; write one of {', '.join(choices)}")
    return text
