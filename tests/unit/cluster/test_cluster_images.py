"""What decides whether an image is built or loaded again."""

from pathlib import Path

import pytest

from tools.cluster import images
from tools.cluster.builder import Builder


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one file of each kind that the digest has to see or to leave out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(images.SOURCES, "spark", ("Dockerfile", "jobs"))
    (tmp_path / "jobs/__pycache__").mkdir(parents=True)
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    (tmp_path / "jobs/main.py").write_text("print()")
    return tmp_path


def test_an_image_is_built_again_after_any_change_of_its_sources(checkout: Path) -> None:
    """Content, name and mode of a source all count."""
    observed = [images.digest("spark")]
    (checkout / "jobs/main.py").write_text("print(1)")
    observed.append(images.digest("spark"))
    (checkout / "jobs/main.py").chmod(0o755)
    observed.append(images.digest("spark"))
    (checkout / "jobs/main.py").rename(checkout / "jobs/other.py")
    observed.append(images.digest("spark"))
    assert len(set(observed)) == 4


def test_what_running_the_code_leaves_behind_builds_nothing(checkout: Path) -> None:
    """Compiled files are no source."""
    before = images.digest("spark")
    (checkout / "jobs/__pycache__/main.pyc").write_text("compiled")
    assert images.digest("spark") == before


@pytest.mark.parametrize("name", images.SOURCES)
def test_every_source_of_an_image_exists(name: str) -> None:
    """A source that was moved away would never count again."""
    checkout = Path(images.__file__).parents[2]
    assert [source for source in images.SOURCES[name] if not (checkout / source).exists()] == []


def test_a_previous_release_has_its_own_images_of_what_it_is_tested_with() -> None:
    """What it has none of is this checkout's, and by default no image of it is built."""
    assert images.release_image("operator", "0.1.0") == "operator-0.1.0"
    assert images.release_image("spark", "0.1.0") == "spark"
    assert images.release_image("spark", "0.2.0") == "spark-0.2.0"
    assert not set(images.CURRENT) & {"operator-0.1.0", "operator-0.2.0", "spark-0.2.0", "flink-0.2.0"}


@pytest.mark.parametrize("version", images.RELEASES)
def test_a_previous_release_has_its_chart_and_its_wheel(version: str) -> None:
    """Each image is built from that release's wheel, on this checkout's image of the same component."""
    folder = Path(images.__file__).parents[2] / images.PREVIOUS / version
    assert [file.name for file in folder.glob("*.tgz")] == [f"streaming-wordcount-operator-{version}.tgz"]
    (wheel,) = folder.glob("*.whl")
    assert wheel.name.startswith(f"streaming_wordcount_operator-{version}-")
    for component in images.RELEASES[version]:
        words = images.OWN[images.release_image(component, version)]()
        assert f"IMAGE={images.full_name(component)}" in words
        assert words[-1] == folder


def test_certificates_are_passed_only_where_the_machine_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain machine needs no secret."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("PIP_CERT", raising=False)
    assert "--secret" not in images.arguments("flink")
    monkeypatch.setenv("PIP_CERT", "/ca.pem")
    assert "id=ca,src=/ca.pem" in images.arguments("flink")


def test_an_image_that_the_cluster_has_is_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id that containerd remembers decides; another one is sent."""
    monkeypatch.setattr(images, "CACHE", tmp_path)
    ran: list[str] = []

    def run(*argv: object) -> str:
        ran.append(" ".join(str(word) for word in argv))
        return f"{images.LOADED}=old" if " ls " in ran[-1] else ""

    monkeypatch.delenv("USE_KUBECONFIG", raising=False)
    monkeypatch.setattr(images, "run", run)
    monkeypatch.setattr("tools.cluster.builder.chosen", lambda: Builder("buildah"))
    monkeypatch.setattr(Builder, "save", lambda *_: None)
    monkeypatch.setattr(Builder, "image_id", lambda *_: "old")
    images.load(["spark"])
    assert not any(" import " in line for line in ran)
    monkeypatch.setattr(Builder, "image_id", lambda *_: "new")
    images.load(["spark"])
    assert any(" import " in line for line in ran)
    assert any(line.endswith(f"{images.LOADED}=new") for line in ran)
