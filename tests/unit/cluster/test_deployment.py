"""What `helm upgrade` is called with; helm itself is not run."""

import pytest

from tools.testbed import deployment
from tools.testbed.kube import Space

MADE = "localhost/streaming-wordcount"


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the words of each command instead of running it."""
    words: list[str] = []

    def helm(*argv: object) -> str:
        words.extend(map(str, argv))
        return ""

    def namespace(_: Space) -> None:
        """Make none."""

    def run_module(*argv: str) -> None:
        words.append(" ".join(argv))

    monkeypatch.setattr(deployment, "helm", helm)
    monkeypatch.setattr(deployment, "namespace", namespace)
    monkeypatch.setattr(deployment, "run_module", run_module)
    return words


def values(operator: str, spark: str, flink: str) -> str:
    """Return the values for these images."""
    names = {"operator": operator, "spark": spark, "flink": flink}
    return ",".join(["replicas=2", *(f"images.{key}={MADE}/{name}:dev" for key, name in names.items())])


def test_this_checkout_has_its_own_images(called: list[str]) -> None:
    """All three, written out: what an installation had before does not stay."""
    deployment.install(2)
    assert str(deployment.CHART) in called
    assert called[-1] == values("operator", "spark", "flink")


def test_the_engines_images_may_stay_those_of_a_previous_release(called: list[str]) -> None:
    """The first step of an upgrade; a release that is tested without engines' images has this checkout's."""
    deployment.install(2, engines_of="0.2.0")
    assert called[-1] == values("operator", "spark-0.2.0", "flink-0.2.0")
    deployment.install(2, engines_of="0.1.0")
    assert called[-1] == values("operator", "spark", "flink")


@pytest.mark.parametrize(
    ("version", "images"),
    [
        ("0.1.0", ("operator-0.1.0", "spark", "flink")),
        ("0.2.0", ("operator-0.2.0", "spark-0.2.0", "flink-0.2.0")),
    ],
)
def test_a_previous_release_is_installed_as_it_was(
    version: str, images: tuple[str, str, str], called: list[str]
) -> None:
    """Its images are built and loaded first, then its own chart is installed with them."""
    deployment.install_previous(2, version)
    assert called[:2] == [f"tools.cluster.images {verb} {' '.join(images)}" for verb in ("build", "load")]
    assert any(word.endswith(f"streaming-wordcount-operator-{version}.tgz") for word in called)
    assert called[-1] == values(*images)
