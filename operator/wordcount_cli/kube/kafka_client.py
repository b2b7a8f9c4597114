"""How kafka-python reaches Kafka: addresses and a mounted Secret → its settings; never a connection."""

from typing import Any

from wordcount_core.kafka_secret import AUTHORITY, CERTIFICATE, KEY, PASSWORD, USERNAME
from wordcount_jobs.common import mounted_secrets
from wordcount_jobs.common.kafka_properties import holds, mechanism, protocol


def client_settings(servers: str, secret: str | None) -> dict[str, Any]:
    """The settings that all its clients share, with what the Secret has for TLS and SASL."""
    found: dict[str, Any] = {"bootstrap_servers": servers.split(",")}
    if secret is None:
        return found
    found["security_protocol"] = protocol(secret)
    folder = mounted_secrets.folder(secret)
    if holds(secret, USERNAME):
        found["sasl_mechanism"] = mechanism(secret)
        found["sasl_plain_username"] = mounted_secrets.value(secret, USERNAME)
        found["sasl_plain_password"] = mounted_secrets.value(secret, PASSWORD)
    for setting, key in (("ssl_cafile", AUTHORITY), ("ssl_certfile", CERTIFICATE), ("ssl_keyfile", KEY)):
        if holds(secret, key):
            found[setting] = str(folder / key)
    return found
