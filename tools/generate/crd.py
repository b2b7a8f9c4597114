"""Writes the CRD and the reference of the resource, which are made from the models.

`python -m tools.generate.crd` prints the CRD; with `--write` it and the reference go into the checkout.
"""

import json
import sys

import yaml

from tools.cluster.paths import CHECKOUT
from wordcount_operator.api import PLURAL, editor_schema, reference
from wordcount_operator.api.crd import crd, schema

COMMAND = "python -m tools.generate.crd --write"


def files() -> dict[str, str]:
    """Return the text of every file that is made from the models, by its path in the checkout."""
    head = f"# Generated from operator/wordcount_operator/api by `{COMMAND}`; do not edit.\n"
    whole = json.loads(json.dumps(crd()))  # nothing shared inside, or YAML would have anchors
    text = head + yaml.safe_dump(whole, sort_keys=False, width=110, allow_unicode=True)
    editors = editor_schema.document(whole["spec"]["versions"][0]["schema"]["openAPIV3Schema"], COMMAND)
    return {
        f"crds/{PLURAL}.yaml": text,
        "charts/streaming-wordcount-operator/files/crd.yaml": text,
        "docs/reference/resource.md": reference.page(schema(old_names=False), COMMAND),
        editor_schema.PATH: json.dumps(editors, indent=2, ensure_ascii=False) + "\n",
    }


def main() -> None:
    """Print the CRD, or with `--write` update the checked-in files."""
    if sys.argv[1:] != ["--write"]:
        sys.stdout.write(files()[f"crds/{PLURAL}.yaml"])
        return
    for path, text in files().items():
        (CHECKOUT / path).parent.mkdir(parents=True, exist_ok=True)
        (CHECKOUT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
