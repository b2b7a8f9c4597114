"""Prints what `kubectl apply --server-side -f -` needs for the text source: the book and the program as a
ConfigMap, and the pods.

    python3 examples/text-source/manifest.py [BOOK.txt.gz] | kubectl apply --server-side -n words -f -

A ConfigMap holds at most 1 MiB, so the book is packed anew, tighter; server-side, because kubectl would
otherwise repeat it in an annotation that holds less. Never more than the standard library.
"""

import base64
import bz2
import gzip
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
BOOK = HERE.parent / "text" / "king-james-bible.txt.gz"
LIMIT = 1024**2


def config_map(book: Path) -> str:
    """The ConfigMap `text-source` as JSON; raises SystemExit where the book does not fit into one."""
    packed = bz2.compress(gzip.decompress(book.read_bytes()))
    program = (HERE / "source.py").read_text()
    if len(packed) + len(program) > LIMIT:
        sys.exit(f"{book.name} is {len(packed):,} bytes even when packed; a ConfigMap holds {LIMIT:,}")
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "text-source"},
            "data": {"source.py": program},
            "binaryData": {"book.bz2": base64.b64encode(packed).decode()},
        }
    )


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else BOOK
    # The line at the top says YAML: kubectl takes a stream that begins with a brace for JSON to its end.
    print("---", config_map(chosen), "---", (HERE / "text-source.yaml").read_text(), sep="\n")
