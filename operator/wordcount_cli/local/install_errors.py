"""Turns what uv prints when it cannot install something into one sentence that says what to do."""

import re

FULL = "the disk is full; free 2 GB, or set XDG_CACHE_HOME and UV_CACHE_DIR to folders of another disk"
UNREACHABLE = "the package index cannot be reached; connect this machine to the network, or set HTTPS_PROXY"
SILENT = "the package index does not answer as it should; try again later"
_CAUSES = (
    (re.compile(r"No space left on device|os error 28|ENOSPC|Disk quota exceeded", re.IGNORECASE), FULL),
    (re.compile(r"timed? ?out|HTTP status server error|\b50\d\b|connection reset", re.IGNORECASE), SILENT),
    (
        re.compile(
            r"dns error|failed to lookup|network is unreachable|no route to host|connection refused"
            r"|tcp connect error|client error \(Connect\)|could not connect|network connectivity",
            re.IGNORECASE,
        ),
        UNREACHABLE,
    ),
)


def cause(printed: str) -> str:
    """Return why an installation failed; uv's own last line if it is none of the usual causes."""
    for pattern, sentence in _CAUSES:
        if pattern.search(printed):
            return sentence
    lines = [line.strip(" │├╰─▶×") for line in printed.splitlines() if line.strip(" │├╰─▶×")]
    return lines[-1] if lines else "uv ended without a message"
