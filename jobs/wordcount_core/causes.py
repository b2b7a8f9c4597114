"""Defines the causes for which a run does not go on."""

from enum import StrEnum


class Cause(StrEnum):
    """Why a run does not go on, in one word for programs and for `status`."""

    INFRASTRUCTURE = "Infrastructure"
    OUT_OF_MEMORY = "OutOfMemory"
    IMAGE = "Image"
    SOURCE_UNAVAILABLE = "SourceUnavailable"
    SINK_UNAVAILABLE = "SinkUnavailable"
    STATE_INCOMPATIBLE = "StateIncompatible"
    STATE_UNAVAILABLE = "StateUnavailable"
    ZOMBIE_WRITER = "ZombieWriter"
    USER_CODE = "UserCode"
    STALLED = "Stalled"

    @property
    def retried(self) -> bool:
        """Whether another attempt can succeed without an edit of the resource."""
        return self is not Cause.STATE_INCOMPATIBLE
