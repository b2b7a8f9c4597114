"""`python -m tools.demo up|watch|down`: from a bare machine to live counts of both engines."""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

from rich.console import Console, RenderableType
from rich.live import Live
from rich.rule import Rule

from tools.cluster.paths import BIN, CHECKOUT, KUBECONFIG
from tools.cluster.terminal import step
from tools.demo.screen import View, render
from tools.testbed import deployment
from tools.testbed.kube import NotSeen, Refused, Space, until
from tools.testbed.topic import Counts
from wordcount_core import tokenizer
from wordcount_core.options import Text

DEMO = Space("wordcount-demo")
EXAMPLE = deployment.EXAMPLES / "01-kafka" / "wordcount.yaml"
ENGINES = ("spark", "flink")
PACE = 400
"""Lines a second: the book lasts a good minute, so that one can watch it."""
COUNT_TIMEOUT = 240
"""Seconds after which the book should have been counted on any machine."""
console = Console(highlight=False)

FURTHER = f"""
Look further:
  export KUBECONFIG={KUBECONFIG} PATH={BIN}:$PATH
  kubectl -n {DEMO.name} get swc -o wide          # both resources
  kubectl -n {DEMO.name} describe swc book-spark  # conditions, checkpoint, events
  kubectl -n {DEMO.name} delete pod book-spark-driver   # and watch it recover: make demo again
  kubectl -n {DEMO.name} apply -f examples/04-rate/wordcount.yaml
Stop: make demo-down
"""


def up() -> None:
    """Makes everything that is not there yet, then watches."""
    began = time.monotonic()
    console.print(Rule("Cluster", align="left"))
    deployment.run_module("tools.cluster", "up")
    console.print(Rule("Images", align="left"))
    for verb in ("build", "load"):
        deployment.run_module("tools.cluster.images", verb, "operator", "spark", "flink", "kafka")
    console.print(Rule("Operator and engines", align="left"))
    with step("helm install"):
        deployment.install(replicas=1)
    with step("Kafka, and a text source that sends the King James Bible"):
        deployment.prepare_servers(DEMO, PACE)
    with step(f"kubectl apply -f {EXAMPLE.relative_to(CHECKOUT)}"):
        DEMO.apply(EXAMPLE)
    console.print(f"all made after {time.monotonic() - began:.0f} s; the engines start now")
    watch()


def watch() -> None:
    """Shows both engines: on a terminal until Ctrl-C, else once, when both have counted the whole book."""
    expected = tokenizer.count(deployment.book(), Text())
    with ExitStack() as stack:
        topics = {engine: Counts(DEMO, f"counts-{engine}") for engine in ENGINES}
        for topic in topics.values():
            stack.callback(topic.close)

        def views() -> list[View]:
            return [View(each, DEMO.status(f"book-{each}"), dict(topics[each].latest)) for each in ENGINES]

        if console.is_terminal:
            live(lambda: render(views(), expected.total()))
        else:
            with step("both engines count the whole book"):
                until(
                    lambda: all(topic.equal(expected) for topic in topics.values()),
                    COUNT_TIMEOUT,
                    "both engines have counted the whole book",
                    lambda: "\n".join(DEMO.diagnosis(f"book-{engine}") for engine in ENGINES),
                )
            console.print(render(views(), expected.total()))
    console.print(FURTHER, markup=False, soft_wrap=True)


def live(picture: Callable[[], RenderableType]) -> None:
    """Draw the picture again each second until Ctrl-C."""
    with suppress(KeyboardInterrupt), Live(console=console, auto_refresh=False) as screen:
        while True:
            screen.update(picture(), refresh=True)
            time.sleep(1)


def down() -> None:
    """Removes what the demo made, and then the cluster if `make cluster` made it."""
    if deployment.cluster_answers():
        with step("remove the demo's resources and the operator"):
            deployment.remove(DEMO)
            deployment.uninstall()
    deployment.run_module("tools.cluster", "down")


def main() -> None:
    """Run one verb; a failure ends with its diagnosis and exit code 1."""
    verbs = {"up": up, "watch": watch, "down": down}
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument("verb", choices=verbs)
    try:
        verbs[parser.parse_args().verb]()
    except subprocess.CalledProcessError as error:
        sys.exit(f"✗ {' '.join(error.cmd[1:])} ended with {error.returncode}")
    except (Refused, NotSeen, AssertionError) as error:
        sys.exit(f"✗ {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
