"""Handles the texts that name a place for state: absolute paths, `file:` URIs and `s3a:` URIs."""

S3A_SCHEME = "s3a://"
"""The scheme for a bucket. Spark calls it so, and Flink takes it too."""


def is_s3(place: str) -> bool:
    """Return whether the text names a place in a bucket."""
    return place.startswith(S3A_SCHEME)


def without_file_scheme(place: str) -> str:
    """Return the path of a `file:` URI, which has one slash or three; another text is returned unchanged."""
    return place.removeprefix("file://").removeprefix("file:")


def with_scheme(place: str) -> str:
    """Return the URI of a place.

    Flink takes no path without a scheme; its own answers have one, with one slash.
    """
    return f"file://{place}" if place.startswith("/") else place
