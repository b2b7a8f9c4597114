"""The tutorial, command by command as its reader would run it; what it shows is what happens."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tutorial import Failed, Shell, steps
from tools.cluster.paths import BIN, CHECKOUT, KUBECONFIG
from tools.testbed import deployment
from tools.testbed.kube import Space, kubectl

PAGE = CHECKOUT / "docs" / "tutorial.md"
SPACE = Space("tutorial")
LIMIT = 240.0
"""Seconds that one step may take; each waits for less by itself."""


@pytest.fixture
def shell(operator: Space) -> Iterator[Shell]:
    """A shell in the checkout, with the programs and the cluster that the page asks for.

    What a failed step left is removed.
    """
    path = os.pathsep.join((str(Path(sys.executable).parent), str(BIN), os.environ["PATH"]))
    environment = os.environ | {"PATH": path, "KUBECONFIG": str(KUBECONFIG), "NO_COLOR": "1"}
    deployment.remove(SPACE)
    try:
        with Shell(CHECKOUT, environment) as opened:
            yield opened
    finally:
        deployment.remove(SPACE)


def test_the_tutorial_does_what_it_says(shell: Shell) -> None:
    """Each command succeeds, in this order, and prints what the page shows; nothing of it is left."""
    for step in steps(PAGE.read_text()):
        begun = time.monotonic()
        try:
            shell.run(step, LIMIT)
        except Failed as failure:
            pytest.fail(f"{PAGE.relative_to(CHECKOUT)}, {failure}\n{seen()}", pytrace=False)
        print(f"\n  line {step.line}: {time.monotonic() - begun:.1f} s", end="", flush=True)
    assert not kubectl("get", "namespace", SPACE.name, "--ignore-not-found")


def seen() -> str:
    """Return what a person would read next, if the namespace is there."""
    if not kubectl("get", "namespace", SPACE.name, "--ignore-not-found"):
        return "the namespace is gone"
    return "\n\n".join(SPACE.diagnosis(name) for name in ("book-spark", "book-flink"))
