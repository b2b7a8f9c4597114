"""What a reconcile can read, and what it has read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wordcount_operator.model.objects import Manifest, Ref


@dataclass(frozen=True)
class GetObject:
    """Look at one object by a live read; answered by its manifest, or None where the API server says 404."""

    ref: Ref


@dataclass(frozen=True)
class ListObjects:
    """Look at all objects of a kind with these labels; answered by a tuple of manifests."""

    api_version: str
    kind: str
    namespace: str
    selector: str = ""


@dataclass(frozen=True)
class HttpGet:
    """Look at a JSON document over HTTP; answered by a `Reply`."""

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


@dataclass(frozen=True)
class Observed:
    """The answers to the looks of one pass."""

    answers: Mapping[Read, Any]

    def __contains__(self, look: Read) -> bool:
        return look in self.answers

    def object(self, ref: Ref) -> Manifest | None:
        """The object of that name, None where it does not exist; KeyError where nobody looked."""
        found: Manifest | None = self.answers[GetObject(ref)]
        return found

    def all(self, look: ListObjects) -> tuple[Manifest, ...]:
        """The objects that the list look found; KeyError where nobody looked."""
        found: tuple[Manifest, ...] = self.answers[look]
        return found

    def reply(self, url: str) -> HttpReply | None:
        """The answer from that address, None where nobody asked."""
        return self.answers.get(HttpGet(url))
