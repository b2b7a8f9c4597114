"""A local Git repository, and a real GitOps engine that syncs it into the test cluster."""

import os
import subprocess
import urllib.request
from pathlib import Path

import yaml

from tests.support.gitops_programs import AGENT
from tools.cluster import build
from tools.cluster.apiserver import LOCALHOST, WITH_THIS_PROCESS, free_ports
from tools.cluster.paths import BIN, KUBECONFIG
from tools.testbed.kube import Object, until

FOLDER = "words"
"""The folder of the repository that is synced."""


class Repository:
    """A checked-out repository with one file for each resource."""

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / FOLDER).mkdir(parents=True)
        self.git("init", "--quiet")

    def git(self, *words: str) -> str:
        """What git printed; raises CalledProcessError."""
        # Neither the person's own configuration nor their name.
        who = (
            "-c",
            "user.name=committer",
            "-c",
            "user.email=committer@example.com",
            "-c",
            "commit.gpgsign=false",
        )
        command = ["git", "-C", str(self.place), *who, *words]
        environment = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    def commit(self, why: str, *resources: Object) -> None:
        """Makes a commit in which exactly these resources are there, each with its namespace: the engine
        wants it written.
        """
        for file in (self.place / FOLDER).iterdir():
            file.unlink()
        for each in resources:
            file = self.place / FOLDER / f"{each['metadata']['name']}.yaml"
            file.write_text(yaml.safe_dump(each, sort_keys=False))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", why)

    def revert(self) -> None:
        """Takes the last commit back by another one."""
        self.git("revert", "--no-edit", "HEAD")


class Engine:
    """The agent of Argo CD's own core, which syncs when it is asked.

    A context manager that runs it while it is open.

    It applies every file of the folder, marks what it applied, and removes what has the mark and no file any
    more.
    """

    def __init__(
        self, repository: Repository, namespace: str, log: Path, kubeconfig: Path = KUBECONFIG
    ) -> None:
        build.programs(AGENT)
        (port,) = free_ports(1)
        self._address = f"http://{LOCALHOST}:{port}/api/v1/sync"
        self._log = log
        self._command = (
            *WITH_THIS_PROCESS,
            str(BIN / AGENT.name),
            str(repository.place),
            f"--path={FOLDER}",
            f"--kubeconfig={kubeconfig}",
            f"--default-namespace={namespace}",
            "--namespaced",
            f"--port={port}",
            "--resync-seconds=3600",
        )

    def __enter__(self) -> "Engine":
        with self._log.open("w") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        until(self._asked, 60, "the GitOps engine listens", self._log.read_text)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def sync(self) -> str:
        """Lets it sync what is committed, and returns what it said meanwhile."""
        # It takes a request only between two syncs, so the second one when the first one's sync is over.
        until(self._asked, 60, "the GitOps engine begins to sync", self._log.read_text)
        begun = len(self._log.read_text())
        until(self._asked, 60, "the GitOps engine has synced", self._log.read_text)
        return self._log.read_text()[begun:]

    def _asked(self) -> bool:
        assert self._process.poll() is None, f"the GitOps engine ended: {self._log.read_text()[-6000:]}"
        try:
            with urllib.request.urlopen(self._address, timeout=60):
                return True
        except OSError:
            return False
