"""The order of the end-to-end tests, which share a cluster, an installation and a pair of jobs."""

from pathlib import Path

ORDER = {
    "upgrade": "it begins with the previous release; all tests after it use the operator that was upgraded",
    "examples": "nothing but the pair runs beside them, and no object that is being removed is in their way",
    "recovery/test_crashes.py": "it expects that Flink has not restarted the pair's job yet",
    "bad_input": "it expects that no container of the operator was ever restarted",
    "state/test_suspend.py": "it needs the pair running, and leaves it running",
    "causes": "it has resources and a volume of its own, and needs the pair only to see it undisturbed",
    "state/test_state.py": "it upgrades and restarts the pair, which the tests above do not expect",
    "state/test_storage.py": "it has resources of its own",
    "gitops": "it has resources of its own",
    "sessions/test_jobmanager.py": "it needs the pair's session",
    "monitoring": "it needs the pair running",
    "sessions/test_sessions.py": "it deletes the pair's Flink resource",
    "recovery/test_chaos.py": "it removes the pair, and restarts the API server",
    "tutorial": "its reader has the cluster to themselves",
}
"""Test file, or folder of them → why it is at this place.

The tests share what is expensive, so their order matters.
"""


def place(test: Path) -> int:
    """Return the place of a test file below tests/e2e; raise LookupError if it has none."""
    for number, name in enumerate(ORDER):
        if test.is_relative_to(name):
            return number
    raise LookupError(f"tests/e2e/{test}: write into ORDER in {__file__} when this file's tests run, and why")
