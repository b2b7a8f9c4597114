"""The environment is read once, and a wrong value is one sentence."""

import subprocess
import sys

import pytest

from wordcount_operator.settings import SettingError, from_environ

GOOD = {
    "WORDCOUNT_SPARK_IMAGE": "spark:1",
    "WORDCOUNT_FLINK_IMAGE": "flink:1",
    "WORDCOUNT_LEASE_NAME": "operator",
    "WORDCOUNT_LEASE_NAMESPACE": "system",
    "WORDCOUNT_IDENTITY": "operator-0",
}


def test_what_is_not_set_has_a_default_that_no_machine_changes() -> None:
    """Only images, lease and identity must be given."""
    settings = from_environ(GOOD)
    assert settings.namespaces == ()
    assert (settings.http_port, settings.log_format, settings.log_level) == (8080, "json", "info")
    assert settings.images == {"spark": "spark:1", "flink": "flink:1"}


def test_namespaces_are_split_at_commas_once_each() -> None:
    """Spaces, empty parts and repetitions do no harm."""
    assert from_environ({**GOOD, "WORDCOUNT_NAMESPACES": " a, b,,a "}).namespaces == ("a", "b")


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_variable_is_named(name: str) -> None:
    """Each of the five, missing or blank."""
    with pytest.raises(SettingError, match=f"^{name} is not set"):
        from_environ({**GOOD, name: " "})


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("WORDCOUNT_HTTP_PORT", "0", "a port from 1 to 65535"),
        ("WORDCOUNT_HTTP_PORT", "65536", "a port from 1 to 65535"),
        ("WORDCOUNT_HTTP_PORT", "tcp://10.0.0.1:80", "a port from 1 to 65535"),
        ("WORDCOUNT_HTTP_PORT", "²", "a port from 1 to 65535"),
        ("WORDCOUNT_LOG_FORMAT", "xml", "json, text"),
        ("WORDCOUNT_LOG_LEVEL", "loud", "debug, info, warning"),
    ],
)
def test_a_wrong_value_is_refused_with_the_remedy(name: str, value: str, remedy: str) -> None:
    """The sentence names the variable, the value and what to write."""
    with pytest.raises(SettingError, match=name) as refusal:
        from_environ({**GOOD, name: value})
    assert value in str(refusal.value)
    assert remedy in str(refusal.value)


def test_the_process_ends_with_2_and_one_line() -> None:
    """A wrong environment is no crash: one line, no traceback."""
    run = subprocess.run(
        [sys.executable, "-m", "wordcount_operator"],
        check=False,
        capture_output=True,
        text=True,
        env={},
        timeout=60,
    )
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "WORDCOUNT_SPARK_IMAGE is not set" in run.stderr
