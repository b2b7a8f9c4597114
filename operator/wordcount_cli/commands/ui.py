"""`wordcount ui`: open the engine's web UI of a resource through `kubectl port-forward`."""

import shutil
import subprocess
import webbrowser
from argparse import ArgumentParser, Namespace
from urllib.parse import urlsplit

from wordcount_cli.kube import cluster
from wordcount_cli.kube.api_errors import UnreachableError
from wordcount_operator.api.v1alpha1 import Status


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    cluster.arguments(parser)
    parser.add_argument("--port", type=int, default=0, help="the local port; any free port by default")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")


def main(args: Namespace) -> int:
    """Print the address, open it, and forward until interrupted. Raises UnreachableError."""
    resource = cluster.Resource.of(args)
    web_ui = Status.model_validate(resource.read().get("status") or {}).links.ui
    if not web_ui:
        raise UnreachableError(f"{args.name} has no web UI now; `wordcount status {args.name}` says why")
    if not shutil.which("kubectl"):
        raise UnreachableError(
            "kubectl is not on PATH, and port-forwarding needs it; "
            f"inside the cluster the web UI is at {web_ui}"
        )
    with subprocess.Popen(
        command(args, resource.namespace, web_ui), stdout=subprocess.PIPE, text=True
    ) as kubectl:
        assert kubectl.stdout
        try:
            _open(kubectl.stdout.readline(), web_ui, browser=not args.no_browser)
            for _ in kubectl.stdout:  # a line for each connection; a full pipe would block kubectl
                pass
            return kubectl.wait()
        finally:
            kubectl.terminate()


def command(args: Namespace, namespace: str, web_ui: str) -> list[str]:
    """Return the command of kubectl. The first part of the web UI's host name is the Service."""
    address = urlsplit(web_ui)
    service = (address.hostname or "").split(".", maxsplit=1)[0]
    flags = {"--namespace": namespace, "--context": args.context, "--kubeconfig": args.kubeconfig}
    given = [f"{flag}={value}" for flag, value in flags.items() if value]
    return ["kubectl", *given, "port-forward", f"service/{service}", f"{args.port or ''}:{address.port}"]


def _open(first_line: str, web_ui: str, *, browser: bool) -> None:
    """Print and open the address in kubectl's line `Forwarding from 127.0.0.1:40123 -> 4040`."""
    words = first_line.split()
    if not words:  # kubectl failed, and has printed why
        return
    local = urlsplit(web_ui)._replace(netloc=words[2]).geturl()
    print(f"{local} (until you press Ctrl-C)", flush=True)
    if browser:
        webbrowser.open(local)
