"""`wordcount ui`: opens the engine's own pages of a resource through `kubectl port-forward`; changes nothing."""

import shutil
import subprocess
import webbrowser
from argparse import ArgumentParser, Namespace
from urllib.parse import urlsplit

from wordcount_cli.kube import cluster
from wordcount_cli.kube.api_errors import UnreachableError


def arguments(parser: ArgumentParser) -> None:
    """The verb's arguments."""
    cluster.arguments(parser)
    parser.add_argument("--port", type=int, default=0, help="of this machine; any that is free by default")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")


def main(args: Namespace) -> int:
    """Prints the address, opens it, and forwards until it is interrupted; raises UnreachableError."""
    resource = cluster.Resource.of(args)
    pages = resource.read().get("status", {}).get("links", {}).get("ui", "")
    if not pages:
        raise UnreachableError(f"{args.name} has no pages now; `wordcount status {args.name}` says why")
    if not shutil.which("kubectl"):
        raise UnreachableError(
            f"kubectl is not on PATH, and forwarding needs it; inside the cluster: {pages}"
        )
    with subprocess.Popen(
        command(args, resource.namespace, pages), stdout=subprocess.PIPE, text=True
    ) as kubectl:
        assert kubectl.stdout
        try:
            _open(kubectl.stdout.readline(), pages, browser=not args.no_browser)
            for _ in kubectl.stdout:  # a line for each connection; unread, they would block it in the end
                pass
            return kubectl.wait()
        finally:
            kubectl.terminate()


def command(args: Namespace, namespace: str, pages: str) -> list[str]:
    """The call of kubectl: the Service stands first in the pages' host name."""
    place = urlsplit(pages)
    service = (place.hostname or "").split(".", maxsplit=1)[0]
    flags = {"--namespace": namespace, "--context": args.context, "--kubeconfig": args.kubeconfig}
    chosen = [f"{flag}={value}" for flag, value in flags.items() if value]
    return ["kubectl", *chosen, "port-forward", f"service/{service}", f"{args.port or ''}:{place.port}"]


def _open(told: str, pages: str, *, browser: bool) -> None:
    """`told` is kubectl's first line, `Forwarding from 127.0.0.1:40123 -> 4040`; where it failed, it has said why itself."""
    words = told.split()
    if not words:
        return
    here = urlsplit(pages)._replace(netloc=words[2]).geturl()
    print(f"{here} (until you press Ctrl-C)", flush=True)
    if browser:
        webbrowser.open(here)
