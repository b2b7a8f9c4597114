"""Merges the user's pod template into a pod."""

import copy
from typing import Any

from wordcount_operator.model.objects import Manifest


def with_template(pod: Manifest, template: Manifest | None, main: str = "main") -> Manifest:
    """Return the pod (metadata and spec) with the user's template on top.

    Maps merge, lists of named things merge by name, anything else is replaced. The user calls the engine's
    container `main`, whatever its real name is.
    """
    if not template:
        return pod
    template = copy.deepcopy(template)
    for container in template.get("spec", {}).get("containers", []):
        if container.get("name") == "main":
            container["name"] = main
    result: Manifest = _over(pod, {key: template[key] for key in ("metadata", "spec") if key in template})
    return result


def _over(base: Any, top: Any) -> Any:
    if isinstance(base, dict) and isinstance(top, dict):
        return {
            key: (
                _over(base[key], top[key])
                if key in base and key in top
                else copy.deepcopy(top.get(key, base.get(key)))
            )
            for key in [*base, *(key for key in top if key not in base)]
        }
    if _named(base) and _named(top):
        extra = {item["name"]: item for item in top}
        kept = [_over(item, extra.pop(item["name"], {})) for item in base]
        return [*kept, *extra.values()]
    return copy.deepcopy(top)


def _named(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "name" in item for item in value)
