"""Makes the properties of Kafka's own client from a block of the options.

A property names the file in which the client reads a secret, so no secret is in a job's graph, plan, log or
state.
"""

from wordcount_core.kafka_secret import (
    AUTHORITY,
    CERTIFICATE,
    KEY,
    MECHANISM,
    PASSWORD,
    PROTOCOL,
    SASL_MECHANISMS,
    USERNAME,
)
from wordcount_core.options import KafkaSink, KafkaSource
from wordcount_jobs.common import mounted_secrets

Block = KafkaSource | KafkaSink
SHADED = "org.apache.flink.kafka.shaded."
"""The prefix of every class name of the client in Flink's connector."""
_LOGIN_MODULES = dict(zip(SASL_MECHANISMS, ("scram.Scram", "scram.Scram", "plain.Plain"), strict=True))
_PROVIDER = "org.apache.kafka.common.config.provider.DirectoryConfigProvider"


def properties(block: Block, shaded: str = "") -> dict[str, str]:
    """Return all properties but topics and serializers; `shaded` is the prefix of the client's classes."""
    found = {"bootstrap.servers": block.bootstrap_servers}
    if isinstance(block, KafkaSource):
        found["isolation.level"] = block.isolation
    name = block.credentials_secret
    if name is None:
        return found
    found |= {
        "security.protocol": protocol(name),
        "config.providers": "secret",
        "config.providers.secret.class": shaded + _PROVIDER,
    }
    if holds(name, USERNAME):
        found |= _login(name, shaded)
    if holds(name, AUTHORITY):
        found |= {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": _read(name, AUTHORITY)}
    if holds(name, CERTIFICATE):
        chain = {"ssl.keystore.type": "PEM", "ssl.keystore.certificate.chain": _read(name, CERTIFICATE)}
        found |= chain | {"ssl.keystore.key": _read(name, KEY)}
    return found


def holds(name: str, key: str) -> bool:
    """Return whether the Secret has that key."""
    return (mounted_secrets.folder(name) / key).is_file()


def protocol(name: str) -> str:
    """Return the security protocol: the one in the Secret, else TLS."""
    return mounted_secrets.value(name, PROTOCOL) or ("SASL_SSL" if holds(name, USERNAME) else "SSL")


def mechanism(name: str) -> str:
    """Return the SASL mechanism: the one in the Secret, else the default."""
    return mounted_secrets.value(name, MECHANISM) or SASL_MECHANISMS[0]


def quote(text: str) -> str:
    """Return the quotation mark for a text in `sasl.jaas.config`; empty if the text cannot be quoted."""
    awkward = "\\" in text or "\n" in text or "\r" in text
    return "" if awkward else next((mark for mark in "\"'" if mark not in text), "")


def _login(name: str, shaded: str) -> dict[str, str]:
    module = f"{shaded}org.apache.kafka.common.security.{_LOGIN_MODULES[mechanism(name)]}LoginModule"
    user, password = (
        f"{key}={mark}{_read(name, key)}{mark}"
        for key in (USERNAME, PASSWORD)
        for mark in [quote(mounted_secrets.value(name, key) or "")]
    )
    return {"sasl.mechanism": mechanism(name), "sasl.jaas.config": f"{module} required {user} {password};"}


def _read(name: str, key: str) -> str:
    return f"${{secret:{mounted_secrets.folder(name)}:{key}}}"
