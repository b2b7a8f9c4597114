"""Writes `deploy/kustomize` from the chart, so that kubectl installs what Helm does.

With `--write` it writes the files, else it prints them. The base has what every installation has; an overlay
adds the permissions that its reach needs. Neither has the CRD, the engines' roles or the namespace: `kubectl
delete -k` would remove them, and with them every resource, or what its runs need. The roles lie in crds/.
"""

import copy
import sys
from typing import Any

import yaml

from tools.cluster.paths import CHECKOUT
from tools.testbed.helm import rendered

COMMAND = "python -m tools.generate.kustomize --write"
ROOT = CHECKOUT / "deploy" / "kustomize"
NAMESPACE = "wordcount-system"
EVERYWHERE = ("crd.install=false",)
HERE = ("crd.install=false", f"watchNamespaces={{{NAMESPACE}}}")
_KEPT = "helm.sh/resource-policy"
_HELMS_OWN = ("app.kubernetes.io/managed-by", "helm.sh/chart")

Manifests = list[dict[str, Any]]


def plain(*choices: str, stays: bool = False) -> Manifests:
    """What the chart installs with these values, without the labels that say that Helm did it: what goes with
    it, or what stays.
    """
    found = rendered(*choices, release="wordcount")
    objects = [
        copy.deepcopy(one)
        for one in found
        if "helm.sh/hook" not in _annotations(one) and (_KEPT in _annotations(one)) is stays
    ]
    for one in objects:
        for labels in (one["metadata"]["labels"], _template(one).get("labels", {})):
            for label in _HELMS_OWN:
                labels.pop(label, None)
    return objects


def _annotations(one: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = one["metadata"].get("annotations", {})
    return found


def _template(one: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = one.get("spec", {}).get("template", {}).get("metadata", {})
    return found


def files() -> dict[str, str]:
    """Path below `deploy/kustomize` → text of every file that is made from the chart."""
    everywhere, here = plain(*EVERYWHERE), plain(*HERE)
    shared = [one for one in everywhere if one in here or one["kind"] == "Deployment"]
    return {
        "../../crds/engine-roles.yaml": _text(
            [one for one in plain(stays=True) if one["kind"] == "ClusterRole"]
        ),
        "base/operator.yaml": _text(shared),
        "overlays/cluster-wide/rights.yaml": _text([one for one in everywhere if one not in shared]),
        "overlays/one-namespace/rights.yaml": _text(
            [one for one in here if one not in shared and one["kind"] != "Deployment"]
        ),
    }


def _text(objects: Manifests) -> str:
    head = f"# Generated from charts/streaming-wordcount-operator by `{COMMAND}`; do not edit.\n"
    return head + yaml.safe_dump_all(objects, sort_keys=False, width=110)


def main() -> None:
    """Print the files, or with `--write` bring the checked-in ones up to date."""
    for path, text in files().items():
        if sys.argv[1:] == ["--write"]:
            (ROOT / path).write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(f"# {path}\n{text}")


if __name__ == "__main__":
    main()
