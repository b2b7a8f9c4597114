"""The resources of a file, for the verbs that need them good; says all that is wrong at once, and never goes on with a bad one."""

from wordcount_cli.local.documents import Document, UnreadableError, word_counts
from wordcount_operator.api.v1alpha1 import StreamingWordCount
from wordcount_operator.api.validation import RefusedError, read


def resources(file: str) -> list[StreamingWordCount]:
    """At least one. Raises UnreadableError, with a line for each fault, where the file or one of its resources is bad."""
    return [resource(document) for document in word_counts(file)]


def resource(document: Document) -> StreamingWordCount:
    """Raises UnreadableError with a line for each fault."""
    try:
        return read(document.value)
    except RefusedError as error:
        lines = (f"{document.place}: {fault}" for fault in error.errors)
        raise UnreadableError("\n".join(lines)) from None
