"""`python -m tools.cluster.images [build|load] [NAME…]`: builds images and loads them.

It builds this checkout's images if their inputs changed, and loads them into the cluster that `tools.cluster
up` made. Without a verb it does both. The images of previous releases are built only if they are named.
"""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from tools.cluster import base_image, builder, kind
from tools.cluster.build import S3, programs
from tools.cluster.paths import BIN, CACHE, CHECKOUT, SOCKET
from tools.cluster.terminal import ClusterError, console, locked, run, step
from wordcount_operator.engines import ENGINES

ENVIRONMENT = (
    "Dockerfile",
    ".dockerignore",
    "pyproject.toml",
    "uv.lock",
    "docker/install_ca.sh",
    "docker/s3-client.sh",
    "docker/fake_kube_api.py",
)
COMPONENTS = ("operator", *ENGINES)
"""The images that a release of the operator consists of."""
PREVIOUS = Path("tests/e2e/previous")
"""The folder of the checkout with the wheels and charts of previous releases."""
RELEASES = {"0.1.0": ("operator",), "0.2.0": COMPONENTS}
"""Previous release → those of its images that are built; the others are this checkout's."""
# image → the files and folders that it is made of
CURRENT = {
    "operator": (*ENVIRONMENT, "jobs", "operator"),
    **{engine: (*ENVIRONMENT, f"docker/{engine}", "jobs") for engine in ENGINES},
    "kafka": (*ENVIRONMENT, "docker/kafka"),
    "postgres": (*ENVIRONMENT, "docker/postgres"),
    "s3": ("docker/s3", "tools/cluster/go/s3"),
}


def release_image(component: str, version: str) -> str:
    """Return the name of a component's image in a previous release, or in this checkout if that release has
    none.
    """
    return f"{component}-{version}" if component in RELEASES[version] else component


def dockerfile(component: str) -> Path:
    """Return the file by which a component's image of a previous release is built."""
    return PREVIOUS / ("operator.Dockerfile" if component == "operator" else "engine.Dockerfile")


def previous_sources(component: str, version: str) -> tuple[str, ...]:
    """Return the sources of an image that has this checkout's environment and a previous release's code.

    `jobs` and `operator` are not among them: the previous release's code replaces both.
    """
    own = () if component == "operator" else (f"docker/{component}",)
    return (*ENVIRONMENT, *own, str(dockerfile(component)), str(PREVIOUS / version))


SOURCES = CURRENT | {
    release_image(component, version): previous_sources(component, version)
    for version, components in RELEASES.items()
    for component in components
}
CTR = (BIN / "ctr", f"--address={SOCKET}", "--namespace=k8s.io", "image")
LOADED = "wordcount.id"  # containerd's label for the builder's id of the image that it imported


def full_name(name: str) -> str:
    """The name under which the chart's development values and the tests find an image."""
    return f"localhost/streaming-wordcount/{name}:dev"


def build(names: Iterable[str] = CURRENT) -> None:
    """Build those of the named images whose inputs are not what they were built from.

    Raise ClusterError if one fails.
    """
    os.chdir(CHECKOUT)
    CACHE.mkdir(parents=True, exist_ok=True)
    tool = builder.chosen()
    with locked(CACHE / "images.lock"):
        for name in names:
            inputs = digest(name)
            if tool.inputs(full_name(name)) == inputs:
                continue
            if name not in OWN:
                base_image.ensure(tool)
            words = OWN[name]() if name in OWN else arguments(name)
            with step(f"image {name}, by {tool.program}") as say:
                tool.build(full_name(name), inputs, words, say)


def load(names: Iterable[str] = CURRENT) -> None:
    """Import the named images into the cluster, except those that it has.

    Raise ClusterError if one is not built.
    """
    tool = builder.chosen()
    if os.environ.get("USE_KUBECONFIG") == "1":
        console.print(
            "your own cluster: push the images to a registry that it can pull from, "
            "and set them in the chart's values"
        )
        return
    for name in names:
        image = full_name(name)
        identity = tool.image_id(image)
        if not identity:
            raise ClusterError(f"{image} is not built: `python -m tools.cluster.images build {name}`")
        if tool.program == "docker":  # kind leaves out by itself what its node has
            with step(f"image {name} into the cluster"):
                run(BIN / "kind", "load", "docker-image", image, "--name", kind.NAME)
        elif f"{LOADED}={identity}" not in run(*CTR, "ls", f"name=={image}"):
            with step(f"image {name} into the cluster"), tempfile.TemporaryDirectory(dir=CACHE) as folder:
                archive = Path(folder, "image.tar")
                tool.save(image, archive)
                run(*CTR, "import", archive)
                run(*CTR, "label", image, f"{LOADED}={identity}")


def digest(name: str) -> str:
    """What an image is made of, in 16 hex digits: paths, modes and contents of its sources."""
    total = hashlib.sha256()
    for source in SOURCES[name]:
        for file in sorted(path for path in (Path(source), *Path(source).rglob("*")) if path.is_file()):
            if "__pycache__" not in file.parts:
                content = hashlib.sha256(file.read_bytes()).hexdigest()
                total.update(f"{file} {file.stat().st_mode:o} {content}\n".encode())
    return total.hexdigest()[:16]


def arguments(name: str) -> list[object]:
    """What the builder must know beyond the image's name: its stage, the base, this machine's certificates,
    the folder.
    """
    bundle = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT")
    secret = ("--secret", f"id=ca,src={bundle}") if bundle else ()
    return ["--target", name, "--build-arg", f"BASE_IMAGE={base_image.NAME}", *secret, "."]


def s3_arguments() -> list[object]:
    """The same for the S3 server, which is one program: a folder with nothing else in it."""
    programs(S3)
    folder = CACHE / "s3-server"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy2(BIN / "versitygw", folder)
    return ["--file", CHECKOUT / "docker/s3/Dockerfile", folder]


def previous_arguments(component: str, version: str) -> list[object]:
    """Return the arguments for an image of a previous release.

    This checkout's image must have been built before.
    """
    base = f"IMAGE={full_name(component)}"
    return ["--file", CHECKOUT / dockerfile(component), "--build-arg", base, CHECKOUT / PREVIOUS / version]


OWN: dict[str, Callable[[], list[object]]] = {"s3": s3_arguments} | {
    release_image(component, version): partial(previous_arguments, component, version)
    for version, components in RELEASES.items()
    for component in components
}
"""Images with a Dockerfile of their own."""


def main() -> None:
    """Run one verb, or both; a problem is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m tools.cluster.images", description=__doc__)
    parser.add_argument("verb", nargs="?", choices=("build", "load"))
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(SOURCES)} (default: {', '.join(CURRENT)})"
    )
    given = parser.parse_args()
    try:
        if unknown := set(given.names) - set(SOURCES):
            raise ClusterError(
                f"no image is called {', '.join(sorted(unknown))}: choose from {', '.join(SOURCES)}"
            )
        for verb, act in (("build", build), ("load", load)):
            if given.verb in (None, verb):
                act(given.names or CURRENT)
    except ClusterError as error:
        console.print(f"✗ {error}", markup=False, style="red", soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
