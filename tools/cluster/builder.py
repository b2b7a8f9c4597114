"""The image builder of this machine (docker, podman or buildah) behind five methods."""

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.terminal import ClusterError, run, succeeds

INPUTS = "wordcount.inputs"  # the label that holds the digest of what an image was built from
LABELS = {"buildah": ".OCIv1.Config.Labels", "podman": ".Config.Labels", "docker": ".Config.Labels"}


@dataclass(frozen=True)
class Builder:
    """One program that builds images and keeps them."""

    program: str

    def image_id(self, name: str) -> str:
        """The id of an image, or nothing where the builder does not have it."""
        return self._inspect(name, ".FromImageID" if self.program == "buildah" else ".Id")

    def inputs(self, name: str) -> str:
        """The digest of what an image was built from; nothing where it does not say, or is not there."""
        return self._inspect(name, f'index {LABELS[self.program]} "{INPUTS}"')

    def build(self, name: str, inputs: str, arguments: list[object], say: Callable[[str], None]) -> None:
        """Build an image; its progress goes to `say`.

        Raises ClusterError with the end of the builder's log.
        """
        words = [*self._build_command(), "--tag", name, "--label", f"{INPUTS}={inputs}", *arguments]
        log: deque[str] = deque(maxlen=40)
        environment = {**os.environ, "DOCKER_BUILDKIT": "1", "BUILDAH_LAYERS": "true"}
        with subprocess.Popen(
            [str(word) for word in words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                log.append(line)
                if "STEP" in line or line.startswith("#"):
                    say(line.strip()[:90])
        if process.returncode:
            raise ClusterError(f"{name} could not be built:\n{''.join(log)}")

    def save(self, name: str, archive: Path) -> None:
        """Write an image as an archive that containerd reads; nothing is compressed, it is soon deleted."""
        if self.program == "buildah":
            run("buildah", "push", "--quiet", name, f"docker-archive:{archive}:{name}")
        else:
            run(self.program, "save", "--output", archive, name)

    def import_base(self, root: Path, name: str) -> None:
        """Make an image of a tar that holds a root file system."""
        if self.program != "buildah":
            run(self.program, "import", root, name)
            return
        container = run("buildah", "from", "scratch").strip()
        run("buildah", "add", "--quiet", container, root, "/")
        run("buildah", "commit", "--quiet", "--rm", container, name)

    def _build_command(self) -> tuple[str, ...]:
        if self.program == "docker":
            return ("docker", "build", "--progress=plain")
        # In a container or without user namespaces nothing stricter than chroot works, and a build of ours
        # needs nothing stricter.
        return (self.program, "build", "--isolation=chroot", "--network=host", "--layers")

    def _inspect(self, name: str, what: str) -> str:
        kind = ("inspect", "--type", "image") if self.program == "buildah" else ("image", "inspect")
        try:
            return run(self.program, *kind, "--format", f"{{{{{what}}}}}", name).strip()
        except ClusterError:
            return ""


def chosen() -> Builder:
    """docker if its engine answers, else podman, else buildah; one sentence where there is none."""
    if succeeds("docker", "info", "--format", "{{.ID}}"):
        return Builder("docker")
    for program in ("podman", "buildah"):
        if shutil.which(program):
            return Builder(program)
    raise ClusterError("no docker, podman or buildah on this machine: on Debian, `apt-get install buildah`")
