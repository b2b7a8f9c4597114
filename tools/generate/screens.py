"""`python -m tools.generate.screens`: draws `status` and `top` of each phase, for docs/screens.

It runs beside the end-to-end tests or the demo, draws the first resource that is seen in each phase, and
changes nothing in the cluster.
"""

import os
import re
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from tools.cluster.paths import CHECKOUT, KUBECONFIG
from tools.generate.health_records import phases
from wordcount_cli.commands.status import events
from wordcount_cli.kube import cluster
from wordcount_cli.kube.api_errors import UnreachableError
from wordcount_cli.kube.word_source import word_source
from wordcount_cli.views.status import page
from wordcount_cli.views.top import History, picture
from wordcount_core.top_words import Top
from wordcount_operator.planning.phases import TABLE

FOLDER = CHECKOUT / "docs" / "screens"
WIDTH = 110
WORDS = 5
WAIT = 10.0
"""Seconds until a topic's reader must have said words."""
_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""Rich's picture without fonts that would be fetched from elsewhere."""


def main() -> None:
    """Until every phase is there, or Ctrl-C; phases that are drawn already are left as they are."""
    FOLDER.mkdir(exist_ok=True)
    left = {phase.name for _, phase in TABLE} - {each.stem for each in FOLDER.glob("*.svg")}
    for phase, found in phases(KUBECONFIG) if left else ():
        if phase in left and (phase != "Running" or found["status"]["progress"].get("wordsPerSecond")):
            draw(phase, found)
            left.remove(phase)
            if not left:
                return
            print("still to be seen:", ", ".join(sorted(left)), flush=True)


def draw(phase: str, found: dict[str, Any]) -> None:
    """One picture: both verbs, as a terminal shows them."""
    metadata = found["metadata"]
    screen = Console(width=WIDTH, record=True, file=StringIO(), force_terminal=True, highlight=False)
    resource = cluster.Resource(metadata["name"], metadata["namespace"], None, str(KUBECONFIG))
    where = f"-n {metadata['namespace']} {metadata['name']}"
    now = datetime.now(UTC)
    shown = events(metadata["uid"], metadata["namespace"])
    screen.print(f"$ kubectl wordcount status {where}", style="bold")
    screen.print(page(found, shown, now))
    words, note = newest(resource, found)
    screen.print(f"\n$ kubectl wordcount top {where} --words {WORDS}", style="bold")
    screen.print(picture(found, words, note, History(), now))
    screen.save_svg(str(FOLDER / f"{phase}.svg"), title=phase, code_format=_FORMAT)
    print(f"{phase}: {metadata['namespace']}/{metadata['name']}", flush=True)


def newest(resource: cluster.Resource, found: dict[str, Any]) -> tuple[Top, str]:
    """Return the words, and a note if there are none."""
    with suppress(UnreachableError), word_source(resource, found, WORDS, None) as source:
        end = time.monotonic() + WAIT
        while not (words := source.newest(found)) and source.expected and time.monotonic() < end:
            time.sleep(1)
        return words, source.note
    return [], "it has printed no words yet"


if __name__ == "__main__":
    os.environ.setdefault("KUBECONFIG", str(KUBECONFIG))
    with suppress(KeyboardInterrupt):
        main()
    sys.exit()
