"""Deploys what the end-to-end tests and the demo need: cluster, images, operator, servers."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.cluster import images
from tools.cluster.leftovers import running
from tools.cluster.paths import CHECKOUT, KUBECONFIG
from tools.testbed import ENGINES
from tools.testbed.kube import SWC, NotSeen, Refused, Space, kubectl, program, until
from tools.testbed.servers import certificates
from wordcount_core import tokenizer

CHART = CHECKOUT / "charts" / "streaming-wordcount-operator"
EXAMPLES = CHECKOUT / "examples"
KAFKA = CHECKOUT / "examples" / "servers" / "kafka.yaml"
POSTGRES = CHECKOUT / "examples" / "servers" / "postgres.yaml"
S3 = CHECKOUT / "examples" / "servers" / "s3.yaml"
BOOK = EXAMPLES / "text" / "king-james-bible.txt.gz"
TEXT_SOURCE = EXAMPLES / "text-source" / "manifest.py"
KAFKA_CLIENT = CHECKOUT / "examples" / "servers" / "kafka-client.yaml"
RELEASE = "wordcount"
SYSTEM = Space("wordcount-system")
DEPLOYMENT = "streaming-wordcount-operator"


def cluster_answers() -> bool:
    """Return whether there is a cluster at .cluster/kubeconfig."""
    try:
        return KUBECONFIG.exists() and bool(kubectl("get", "--raw", "/readyz"))
    except Refused:
        return False


def cluster_runs() -> bool:
    """Return whether a cluster answers, or parts of the one-node cluster run."""
    return cluster_answers() or bool(running())


@contextmanager
def cluster() -> Iterator[bool]:
    """A cluster with the images of this checkout, and whether it was there before.

    If not, it is stopped at the end with all in it.
    """
    was_up = cluster_runs()
    try:
        run_module("tools.cluster", "up")
        run_module("tools.cluster.images")
        yield was_up
    finally:
        if not was_up:
            run_module("tools.cluster", "down")


def run_module(*words: str) -> None:
    """Runs `python -m …` of this checkout to its end, its output on our terminal.

    Raises CalledProcessError.
    """
    subprocess.run([sys.executable, "-m", *words], cwd=CHECKOUT, check=True)


def helm(*words: object) -> str:
    """Return what helm printed; raise Refused if it failed."""
    argv = [program("helm"), f"--kubeconfig={KUBECONFIG}", "--namespace", SYSTEM.name, *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(done.stderr.strip())
    return done.stdout


def install(replicas: int, engines_of: str = "") -> None:
    """Install this checkout's chart and operator, or upgrade an installation to them.

    The engines' images are this checkout's too, or still those of the previous release `engines_of`.
    """
    engines = {each: images.release_image(each, engines_of) for each in ENGINES} if engines_of else {}
    upgrade(CHART, replicas, {each: each for each in images.COMPONENTS} | engines)


def upgrade(chart: Path, replicas: int, names: Mapping[str, str]) -> None:
    """Run `helm upgrade --install` with a chart and the components' images, and wait for it."""
    namespace(SYSTEM)
    # A CRD that somebody applied by hand becomes the release's own.
    flags = ("--install", "--take-ownership", "--force-conflicts", "--wait", "--timeout", "120s")
    values = [f"replicas={replicas}"]
    values += [f"images.{component}={images.full_name(name)}" for component, name in names.items()]
    helm("upgrade", RELEASE, chart, *flags, "--set", ",".join(values))


def install_previous(replicas: int, version: str) -> None:
    """Build and load the images of a previous release, and install its chart with them."""
    names = {each: images.release_image(each, version) for each in images.COMPONENTS}
    for verb in ("build", "load"):
        run_module("tools.cluster.images", verb, *names.values())
    (chart,) = (CHECKOUT / images.PREVIOUS / version).glob("*.tgz")
    upgrade(chart, replicas, names)


def uninstall() -> None:
    """Remove the operator; the CRD stays, because with it all resources would go."""
    helm("uninstall", RELEASE, "--ignore-not-found", "--wait")
    remove(SYSTEM)


def namespace(space: Space) -> None:
    """Make a namespace that takes only hardened pods."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space.name, "labels": labels}}
    kubectl("apply", "-f", "-", stdin=json.dumps(manifest))


def remove(space: Space, wait: bool = True) -> None:
    """Removes a namespace with all that is in it, also where no operator is there any more to let resources
    go.

    Without `wait` the resources are gone when it returns, and pods may still be ending.
    """
    if kubectl("get", "namespace", space.name, "--ignore-not-found"):
        if kubectl("get", "crd", SWC, "--ignore-not-found"):
            delete_resources(space)
        kubectl("delete", "namespace", space.name, f"--wait={json.dumps(wait)}", timeout=300)


def delete_resources(space: Space) -> None:
    """Deletes the resources of a namespace.

    Those that nobody lets go within half a minute lose their finalizer.
    """
    space.kubectl("delete", SWC, "--all", "--wait=false")
    try:
        until(lambda: not space.names(SWC), 30, f"the resources of {space.name} go")
    except NotSeen:
        for name in space.names(SWC):
            space.kubectl("patch", SWC, name, "--type=merge", "-p", '{"metadata": {"finalizers": null}}')


def prepare_servers(space: Space, lines_per_second: int) -> None:
    """Make a namespace with Kafka and the text source, which serves the book by socket and into Kafka."""
    namespace(space)
    create_kafka_certificates(space)
    space.apply(KAFKA)
    text = subprocess.run([sys.executable, TEXT_SOURCE], capture_output=True, text=True, check=True).stdout
    quicker = text.replace('"200"', f'"{lines_per_second}"')
    space.kubectl("apply", "--server-side", "-f", "-", stdin=quicker)
    space.apply(KAFKA_CLIENT)
    pods = "app in (kafka, kafka-client, text-source, text-to-kafka)"
    space.kubectl("wait", "pod", "-l", pods, "--for=condition=Ready", "--timeout=120s")


def create_kafka_certificates(space: Space) -> None:
    """Makes Kafka's certificate, and the Secret with which examples/06-kafka-tls comes in.

    Once, since Kafka reads its own at its start.
    """
    if "kafka-tls" in space.names("secrets"):
        return
    with TemporaryDirectory() as made:
        folder = Path(made)
        certificates.authority(folder)
        certificates.certificate(folder, "broker", "DNS:kafka")
        pem = "".join((folder / f"broker.{end}").read_text() for end in ("key", "crt"))
        authority = (folder / "ca.crt").read_text()
    user = {"username": "words", "password": "only-for-tests", "ca.crt": authority}
    for name, keys in (("kafka-tls", {"broker.pem": pem}), ("kafka-user", user)):
        space.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": keys})


def book() -> list[str]:
    """Return the lines that the text source serves."""
    return tokenizer.lines(gzip.decompress(BOOK.read_bytes()))
