"""What pages say of versions is what the code pins, and every page is in the site's menu."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
CLUSTER = ROOT / "tools" / "cluster" / "go"
CHART = ROOT / "charts" / "streaming-wordcount-operator" / "Chart.yaml"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def table(page: str, section: str) -> dict[str, str]:
    """First and second cell of each row of a section, without the heading's."""
    text = (DOCS / page).read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", text, re.MULTILINE)
    return {name.strip("`"): version for name, version in cells[1:]}


def artifacts(name: str) -> dict[str, str]:
    """What a file asks Maven for: `group:artifact` → version; not its own plugins."""
    text = (ROOT / name).read_text()
    inline = re.findall(r"((?:org|com|io)\.[\w.]+:[\w.-]+):(\d[\w.-]*)", text)
    tagged = re.findall(
        r"<groupId>([^<]+)</groupId>\s*<artifactId>([^<]+)</artifactId>\s*<version>(\d[^<]+)<", text
    )
    found = dict(inline) | {f"{group}:{artifact}": version for group, artifact, version in tagged}
    return {each: version for each, version in found.items() if "maven" not in each}


def module(folder: str, name: str) -> str:
    """The version of a Go module that the test cluster is built from."""
    (version,) = re.findall(rf"{re.escape(name)} v(\S+)", (CLUSTER / folder / "go.mod").read_text())
    return str(version)


def test_what_the_images_hold_is_what_they_are_built_from() -> None:
    """Each engine and each jar that is named in a Dockerfile or pom.xml, and no other."""
    extras = PROJECT["optional-dependencies"]
    engines = dict(extras[name][0].split("==") for name in ("spark", "flink"))
    pinned = engines | artifacts("Dockerfile") | artifacts("docker/spark/pom.xml")
    assert table("reference/compatibility.md", "What the images hold") == pinned


def test_what_it_needs_is_what_is_demanded() -> None:
    """Of the cluster by the chart, of Python by the project, of Java by the images."""
    (java,) = set(re.findall(r"openjdk-(\d+)-jre", (ROOT / "Dockerfile").read_text()))
    documented = list(table("reference/compatibility.md", "What it needs").values())
    assert documented == [yaml.safe_load(CHART.read_text())["kubeVersion"], PROJECT["requires-python"], java]


def test_what_it_was_tried_with_is_what_the_tests_are_built_from() -> None:
    """The Go modules of the cluster, and the broker's jar."""
    broker = artifacts("docker/kafka/pom.xml")["org.apache.kafka:kafka_2.13"]
    assert list(table("reference/compatibility.md", "What it was tried with").values()) == [
        module("kubernetes", "k8s.io/kubernetes"),
        module("kind", "sigs.k8s.io/kind"),
        module("tools", "helm.sh/helm/v4"),
        broker,
        module("s3", "github.com/versity/versitygw"),
        module("storage", "github.com/rancher/local-path-provisioner"),
    ]


def test_the_newest_version_with_notes_is_this_one() -> None:
    """Whoever raises the version says what it does to what runs."""
    notes = (DOCS / "upgrade-notes.md").read_text()
    assert re.findall(r"^### (\d+\.\d+\.\d+)$", notes, re.MULTILINE)[0] == PROJECT["version"]


def named(entry: Any) -> Iterator[str]:
    """The pages of a part of the menu."""
    match entry:
        case str():
            yield entry
        case list():
            for each in entry:
                yield from named(each)
        case dict():
            yield from named(list(entry.values()))


def test_every_page_is_in_the_menu_once() -> None:
    """And the menu names no page that is gone; `make docs` checks the links."""
    menu = sorted(named(yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]))
    assert menu == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
