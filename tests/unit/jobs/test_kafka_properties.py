"""The properties of Kafka's client; tests/integration/jobs/test_kafka.py asks Kafka itself."""

from pathlib import Path

import pytest

from tools.testbed.servers.certificates import authority, certificate
from wordcount_core.kafka_errors import (
    CERTIFICATE_UNTRUSTED,
    CREDENTIALS_NOT_QUOTABLE,
    KAFKA_ERRORS,
    NO_ANSWER,
    PRIVATE_KEY_UNUSABLE,
    SECRET_INCOMPLETE,
    SECRET_MISSING,
    SETTING_NOT_ALLOWED,
    KafkaError,
)
from wordcount_core.options import KafkaSink, KafkaSource
from wordcount_jobs.common import kafka_preflight, mounted_secrets
from wordcount_jobs.common.kafka_properties import SHADED, properties

SOURCE = KafkaSource("kafka:9093", ("lines",), credentials_secret="user")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the keys of the Secret `user` are."""
    monkeypatch.setenv(mounted_secrets.VARIABLE, str(tmp_path))
    (tmp_path / "user").mkdir()
    return tmp_path / "user"


def put(folder: Path, **keys: str) -> None:
    """Keys of the Secret, a dot written as _."""
    for key, value in keys.items():
        (folder / key.replace("_", ".")).write_text(value)


def test_without_a_secret_nothing_is_encrypted_and_nobody_logs_in() -> None:
    """As Kafka is by itself; what a transaction took back is not read."""
    assert properties(KafkaSource("kafka:9092", ("lines",))) == {
        "bootstrap.servers": "kafka:9092",
        "isolation.level": "read_committed",
    }
    assert (
        properties(KafkaSource("a:1", ("x",), isolation="read_uncommitted"))["isolation.level"]
        == "read_uncommitted"
    )
    assert properties(KafkaSink("kafka:9092", "counts")) == {"bootstrap.servers": "kafka:9092"}


def test_with_a_user_it_is_tls_and_scram(folder: Path) -> None:
    """Secure by default; the values are read by the client, and none is in the properties."""
    put(folder, username="words", password="hunter2", ca_crt="PEM")
    found = properties(SOURCE)
    assert found["security.protocol"] == "SASL_SSL"
    assert found["sasl.mechanism"] == "SCRAM-SHA-512"
    assert found["sasl.jaas.config"] == (
        "org.apache.kafka.common.security.scram.ScramLoginModule required "
        f'username="${{secret:{folder}:username}}" password="${{secret:{folder}:password}}";'
    )
    assert found["ssl.truststore.certificates"] == f"${{secret:{folder}:ca.crt}}"
    assert "hunter2" not in str(found)


def test_in_flink_s_connector_every_class_has_another_name(folder: Path) -> None:
    """It brings Kafka's client along under its own name."""
    put(folder, username="words", password="hunter2", sasl_mechanism="PLAIN")
    found = properties(SOURCE, SHADED)
    assert found["config.providers.secret.class"].startswith(
        "org.apache.flink.kafka.shaded.org.apache.kafka."
    )
    assert found["sasl.jaas.config"].startswith(
        f"{SHADED}org.apache.kafka.common.security.plain.PlainLoginModule "
    )


def test_with_a_certificate_it_is_tls_alone_unless_the_secret_says_otherwise(folder: Path) -> None:
    """A quotation mark in a password takes the other one around it."""
    put(folder, tls_crt="PEM", tls_key="PEM")
    assert properties(SOURCE)["security.protocol"] == "SSL"
    assert properties(SOURCE)["ssl.keystore.key"] == f"${{secret:{folder}:tls.key}}"
    put(folder, username="words", password='say "a"', security_protocol="SASL_PLAINTEXT")
    assert properties(SOURCE)["security.protocol"] == "SASL_PLAINTEXT"
    assert f"password='${{secret:{folder}:password}}'" in properties(SOURCE)["sasl.jaas.config"]


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ({}, SECRET_MISSING),
        ({"colour": "red"}, SECRET_MISSING),
        ({"username": "words"}, SECRET_INCOMPLETE),
        ({"tls_key": "PEM"}, SECRET_INCOMPLETE),
        ({"username": "words", "password": "a", "sasl_mechanism": "GSSAPI"}, SETTING_NOT_ALLOWED),
        ({"username": "words", "password": "a", "security_protocol": "TLS"}, SETTING_NOT_ALLOWED),
        ({"username": "words", "password": "with its line end\n"}, CREDENTIALS_NOT_QUOTABLE),
        ({"username": "words", "password": "back\\slash"}, CREDENTIALS_NOT_QUOTABLE),
        ({"username": "words", "password": "both ' and \""}, CREDENTIALS_NOT_QUOTABLE),
        ({"ca_crt": "no certificate"}, CERTIFICATE_UNTRUSTED),
    ],
)
def test_a_secret_that_cannot_be_right_is_told_before_anybody_connects(
    keys: dict[str, str], error: KafkaError, folder: Path
) -> None:
    """Field and remedy; nothing listens at the block's address."""
    put(folder, **keys)
    assert kafka_preflight.find_error(SOURCE, 0.1) is error


def test_a_key_must_be_the_certificate_s(folder: Path, tmp_path: Path) -> None:
    """Of two good pairs, one's key is not the other's."""
    authority(tmp_path)
    for name in ("one", "two"):
        certificate(tmp_path, name)
    put(folder, tls_crt=(tmp_path / "one.crt").read_text(), tls_key=(tmp_path / "two.key").read_text())
    assert kafka_preflight.find_error(SOURCE, 0.1) is PRIVATE_KEY_UNUSABLE
    put(folder, tls_key=(tmp_path / "one.key").read_text())
    assert kafka_preflight.find_error(SOURCE, 0.1) is NO_ANSWER


@pytest.mark.parametrize("error", KAFKA_ERRORS)
def test_each_error_names_a_field_of_the_block(error: KafkaError) -> None:
    """As a person wrote it, for source and sink."""
    known = (
        {"bootstrapServers", "credentialsSecret", "topics"},
        {"bootstrapServers", "credentialsSecret", "topic"},
    )
    for part, fields in zip(("source", "sink"), known, strict=True):
        field = error.message(part).split(":")[0]
        assert field.removeprefix(f"spec.{part}.kafka.") in fields
        assert ";" in error.message(part), "no remedy"
