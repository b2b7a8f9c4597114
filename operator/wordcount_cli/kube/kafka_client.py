"""Turns Kafka's addresses and a mounted Secret into the settings of kafka-python's clients."""

from typing import Any

from wordcount_core.kafka_secret import AUTHORITY, CERTIFICATE, KEY, PASSWORD, USERNAME
from wordcount_jobs.common import mounted_secrets
from wordcount_jobs.common.kafka_properties import holds, mechanism, protocol


def client_settings(servers: str, secret: str | None) -> dict[str, Any]:
    """Return the settings that all clients share, with TLS and SASL as the Secret has them."""
    settings: dict[str, Any] = {"bootstrap_servers": servers.split(",")}
    if secret is None:
        return settings
    settings["security_protocol"] = protocol(secret)
    folder = mounted_secrets.folder(secret)
    if holds(secret, USERNAME):
        settings["sasl_mechanism"] = mechanism(secret)
        settings["sasl_plain_username"] = mounted_secrets.value(secret, USERNAME)
        settings["sasl_plain_password"] = mounted_secrets.value(secret, PASSWORD)
    for name, key in (("ssl_cafile", AUTHORITY), ("ssl_certfile", CERTIFICATE), ("ssl_keyfile", KEY)):
        if holds(secret, key):
            settings[name] = str(folder / key)
    return settings
