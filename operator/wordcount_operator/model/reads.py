"""What a reconcile can read, and what it has read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wordcount_operator.model.objects import Manifest, Ref


@dataclass(frozen=True)
class GetObject:
    """Read one object; the answer is its manifest, or None if the API server says 404."""

    ref: Ref


@dataclass(frozen=True)
class ListObjects:
    """Read all objects of a kind with these labels; the answer is a tuple of manifests."""

    api_version: str
    kind: str
    namespace: str
    selector: str = ""


@dataclass(frozen=True)
class HttpGet:
    """Read a JSON document over HTTP; the answer is an `HttpReply`."""

    url: str


@dataclass(frozen=True)
class HttpReply:
    """An HTTP answer; status 0 says that nobody answered, and then `body` is the reason as text."""

    status: int
    body: Any = None

    @property
    def ok(self) -> bool:
        """Whether the answer is a success."""
        return 200 <= self.status < 300


Read = GetObject | ListObjects | HttpGet


class NotReadError(KeyError):
    """A decision needs an answer that nothing asked for; the engine's `reads` must ask for it."""


@dataclass(frozen=True)
class Observed:
    """The answers to the reads of one reconcile.

    What was not read is an error and never None: None means that an object is gone, and then a second driver
    may start.
    """

    _answers: Mapping[Read, Any] = field(default_factory=dict)

    def __contains__(self, read: Read) -> bool:
        return read in self._answers

    def __len__(self) -> int:
        return len(self._answers)

    def unanswered(self, reads: Iterable[Read]) -> list[Read]:
        """Return those of the reads that have no answer yet."""
        return [read for read in reads if read not in self._answers]

    def including(self, answers: Mapping[Read, Any]) -> "Observed":
        """Return these answers together with more of them."""
        return Observed({**self._answers, **answers})

    def object(self, ref: Ref) -> Manifest | None:
        """Return the object of that name, or None if it does not exist; raises NotReadError."""
        found: Manifest | None = self._answer(GetObject(ref))
        return found

    def all(self, read: ListObjects) -> tuple[Manifest, ...]:
        """Return the objects that the read found; raises NotReadError."""
        found: tuple[Manifest, ...] = self._answer(read)
        return found

    def reply(self, url: str) -> HttpReply:
        """Return the answer from that address; raises NotReadError."""
        found: HttpReply = self._answer(HttpGet(url))
        return found

    def _answer(self, read: Read) -> Any:
        if read not in self._answers:
            raise NotReadError(f"nothing asked for {read}")
        return self._answers[read]
