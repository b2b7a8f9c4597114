"""Gives the builder the image that all others start from, also where no registry answers."""

import shutil
import tempfile
from pathlib import Path

from tools.cluster.builder import Builder
from tools.cluster.paths import CACHE
from tools.cluster.terminal import ClusterError, run, step, succeeds

NAME = "localhost/debian:bookworm"
PUBLISHED = "docker.io/library/debian:bookworm-slim"
MADE_HERE = CACHE / "debian-bookworm.tar"
UNWANTED = ("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale")


def ensure(builder: Builder) -> None:
    """Make sure that the builder knows `NAME`: the published image if it can be had, else one made by
    debootstrap.
    """
    if builder.image_id(NAME):
        return
    if succeeds(builder.program, "pull", PUBLISHED):
        run(builder.program, "tag", PUBLISHED, NAME)
        return
    if not MADE_HERE.exists():
        with step("Debian base image, by debootstrap (once; a registry did not answer)"):
            debootstrap(MADE_HERE)
    builder.import_base(MADE_HERE, NAME)


def debootstrap(result: Path) -> None:
    """Write a root file system like bookworm-slim's as a tar; takes about a minute, and root."""
    if not shutil.which("debootstrap"):
        raise ClusterError(
            "debootstrap is missing: `apt-get install debootstrap`, or let the builder reach a registry"
        )
    result.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=result.parent) as folder:
        root = Path(folder, "root")
        run("debootstrap", "--variant=minbase", "bookworm", root)
        slim = "".join(f"path-exclude /{path}/*\n" for path in UNWANTED)
        (root / "etc/dpkg/dpkg.cfg.d/slim").write_text(slim)
        for path in (*UNWANTED, "var/cache/apt/archives", "var/lib/apt/lists", "dev"):
            shutil.rmtree(root / path, ignore_errors=True)
            (root / path).mkdir(parents=True, exist_ok=True)
        part = Path(folder, "part.tar")
        run("tar", "-C", root, "--numeric-owner", "-cf", part, ".")
        part.rename(result)
