"""Reads the valid resources of a file, or reports everything that is wrong with them."""

from wordcount_cli.local.documents import Document, UnreadableError, word_counts
from wordcount_operator.api.v1alpha1 import StreamingWordCount
from wordcount_operator.api.validation import RefusedError, read


def resources(file: str) -> list[StreamingWordCount]:
    """Return the resources of the file, at least one. Raises UnreadableError with a line for each fault."""
    return [resource(document) for document in word_counts(file)]


def resource(document: Document) -> StreamingWordCount:
    """Return the document as a resource. Raises UnreadableError with a line for each fault."""
    try:
        return read(document.value)
    except RefusedError as error:
        lines = (f"{document.place}: {fault}" for fault in error.errors)
        raise UnreadableError("\n".join(lines)) from None
